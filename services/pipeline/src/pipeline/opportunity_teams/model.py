"""The team of one deal: seats that are asked for, taken, passed on and left; executive time.

    requested ──accept──→ accepted ──leave──→ left
        │ ├──decline──→ declined   └─(who was asked instead accepts)─→ transferred
        │ └──transfer─→ transferred
        └──withdraw──→ withdrawn

Whoever passes on a seat that is taken keeps it until the other one has accepted, so that it is
never nobody's. Where nobody has taken the lead of a stage, the deal's owner leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, NotFound, Refused, Text, ValidationFailed

from pipeline.approvals.model import fingerprint_of
from pipeline.opportunities.model import OWNERS_ROLE, Member, Opportunity
from pipeline.templates.model import LEAD, Process, Stage

REQUESTED, ACCEPTED, DECLINED = "requested", "accepted", "declined"
WITHDRAWN, LEFT, TRANSFERRED = "withdrawn", "left", "transferred"
_CHINESE = {
    REQUESTED: "待答复",
    ACCEPTED: "已接受",
    DECLINED: "已谢绝",
    WITHDRAWN: "已撤回",
    LEFT: "已退出",
    TRANSFERRED: "已转交",
}
APPLIED = "applied"


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A part to play; without `staff_id`, whoever has the role may take it.

    `replaces` is the seat that somebody else gives up for this one.
    """

    id: str
    role: str
    stages: list[str]
    staff_id: str | None
    requested_by: str
    status: str = REQUESTED
    note: str | None = None
    replaces: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExecutiveTime:
    """Executive time 高层时间: so many hours, of one executive or of any."""

    id: str
    hours: Decimal
    purpose: str
    staff_id: str | None = None
    on: date | None = None
    status: str = APPLIED

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.hours, self.purpose, self.staff_id, self.on)


@dataclass(frozen=True, kw_only=True)
class OfSeat(Fact):
    seat: Seat


@dataclass(frozen=True, kw_only=True)
class TeamMemberRequested(OfSeat):
    note: str | None


@dataclass(frozen=True, kw_only=True)
class TeamMemberAccepted(OfSeat):
    pass


@dataclass(frozen=True, kw_only=True)
class TeamMemberDeclined(OfSeat):
    declined_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TeamMemberTransferred(OfSeat):
    to_seat: str


@dataclass(frozen=True, kw_only=True)
class TeamMemberLeft(OfSeat):
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class TeamRequestWithdrawn(OfSeat):
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ExecutiveTimeAppliedFor(Fact):
    time: ExecutiveTime


@dataclass(frozen=True, kw_only=True)
class ExecutiveTimeDecided(Fact):
    time: ExecutiveTime
    decided_by: str | None
    reason: str | None


class SeatStatus(Refused):
    slug = "team-seat-status"
    titles: ClassVar[Text] = {
        CHINESE: "该团队角色当前状态不允许此操作",
        ENGLISH: "The seat in the team is not at that point",
    }

    def __init__(self, status: str) -> None:
        super().__init__(
            {CHINESE: f"状态：{_CHINESE[status]}", ENGLISH: f"it is {status}"},
            members={"status": status},
        )


class LeadTaken(Refused):
    slug = "team-lead-taken"
    titles: ClassVar[Text] = {
        CHINESE: "该阶段已有主导人",
        ENGLISH: "Somebody leads that stage already",
    }

    def __init__(self, staff_id: str, stages: list[str]) -> None:
        super().__init__(
            {
                CHINESE: f"阶段 {'、'.join(stages)} 已有主导人，请由其转交",
                ENGLISH: f"stages {', '.join(stages)} are led by somebody, who can transfer it",
            },
            members={"staff_id": staff_id, "stages": stages},
        )


@dataclass(frozen=True, kw_only=True)
class Lead:
    """Who leads a stage; `is_acting`: nobody has taken that role, so the owner does."""

    staff_id: str | None
    role: str
    is_acting: bool


@dataclass(kw_only=True)
class Team(Aggregate):
    """The team of one deal, by the deal's id."""

    TYPE: ClassVar[str] = "opportunity_team"

    seats: list[Seat] = field(default_factory=list)
    executive_time: list[ExecutiveTime] = field(default_factory=list)

    @property
    def opportunity_id(self) -> str:
        return self.id

    @property
    def members(self) -> list[Member]:
        """Those who have accepted, as the deal keeps them."""
        return [
            Member(staff_id=seat.staff_id, role=seat.role, stages=seat.stages)
            for seat in self.seats
            if seat.status == ACCEPTED and seat.staff_id is not None
        ]

    def seat(self, seat_id: str) -> Seat:
        found = next((seat for seat in self.seats if seat.id == seat_id), None)
        if found is None:
            raise NotFound("team_seat", seat_id)
        return found

    def request(self, seat: Seat, process: Process) -> Seat:
        """Ask somebody, or anybody of a role, to take part at some stages.

        Raises:
            ValidationFailed: the process has no such duty there, or it is asked for already.
            LeadTaken: somebody leads there.
        """
        self._require_duty(seat, process)
        for other in self.seats:
            if other.status in (REQUESTED, ACCEPTED) and _same(other, seat):
                raise wrong("/role", "asked-already", "已邀请或已加入", "is asked or has a seat")
        self._require_free_lead(seat, process)
        self.seats.append(seat)
        self.record(TeamMemberRequested(seat=seat, note=seat.note))
        return seat

    def accept(self, seat_id: str, by: str, process: Process) -> Seat:
        """Take the seat; whoever gave it up for this one is out of it now."""
        seat = self._require(seat_id, REQUESTED)
        taken = replace(seat, staff_id=by)
        if any(one.status == ACCEPTED and _same(one, taken) for one in self.seats):
            raise wrong("/seat_id", "joined-already", "您已担任该角色", "is your own role already")
        self._require_free_lead(seat, process)
        if seat.replaces is not None and self.seat(seat.replaces).status == ACCEPTED:
            given_up = self._becomes(seat.replaces, status=TRANSFERRED)
            self.record(TeamMemberTransferred(seat=given_up, to_seat=seat.id))
        taken = self._becomes(seat_id, status=ACCEPTED, by=by)
        self.record(TeamMemberAccepted(seat=taken))
        return taken

    def decline(self, seat_id: str, by: str, reason: str) -> Seat:
        """Whoever was asked by name says no; where anybody was asked, one no is not all."""
        seat = self._require(seat_id, REQUESTED)
        if seat.staff_id is None:
            raise wrong("/seat_id", "not-named", "未指定您本人", "nobody was asked by name")
        seat = self._becomes(seat_id, status=DECLINED, reason=reason)
        self.record(TeamMemberDeclined(seat=seat, declined_by=by, reason=reason))
        return seat

    def transfer(self, seat_id: str, to: str, *, identifier: str, note: str | None) -> Seat:
        """Ask somebody else to take it instead; what is taken stays so until they accept."""
        seat = self._require(seat_id, REQUESTED, ACCEPTED)
        if to == seat.staff_id:
            raise wrong("/staff_id", "oneself", "不能转交给自己", "is who has it")
        if any(one.replaces == seat_id and one.status == REQUESTED for one in self.seats):
            raise wrong("/staff_id", "asked-already", "已在转交中", "somebody is asked already")
        successor = replace(
            seat,
            id=identifier,
            staff_id=to,
            status=REQUESTED,
            requested_by=seat.staff_id or seat.requested_by,
            note=note,
            replaces=seat.id if seat.status == ACCEPTED else seat.replaces,
        )
        if any(one.status in (REQUESTED, ACCEPTED) and _same(one, successor) for one in self.seats):
            raise wrong("/staff_id", "asked-already", "已邀请或已加入", "is asked or has a seat")
        if seat.status == REQUESTED:
            passed_on = self._becomes(seat_id, status=TRANSFERRED)
            self.record(TeamMemberTransferred(seat=passed_on, to_seat=identifier))
        self.seats.append(successor)
        self.record(TeamMemberRequested(seat=successor, note=note))
        return successor

    def leave(self, seat_id: str, reason: str | None) -> Seat:
        """Out of the team; or the request is withdrawn, where nobody had taken it yet."""
        seat = self._require(seat_id, REQUESTED, ACCEPTED)
        if seat.status == REQUESTED:
            seat = self._becomes(seat_id, status=WITHDRAWN, reason=reason)
            self.record(TeamRequestWithdrawn(seat=seat, reason=reason))
        else:
            seat = self._becomes(seat_id, status=LEFT, reason=reason)
            self.record(TeamMemberLeft(seat=seat, reason=reason))
        return seat

    def apply_for_time(self, time: ExecutiveTime) -> None:
        self.executive_time.append(time)
        self.record(ExecutiveTimeAppliedFor(time=time))

    def time(self, time_id: str) -> ExecutiveTime:
        found = next((time for time in self.executive_time if time.id == time_id), None)
        if found is None:
            raise NotFound("executive_time", time_id)
        return found

    def decide_time(self, time_id: str, status: str, by: str | None, reason: str | None) -> None:
        """Granted 批准, or whatever else came of it; once."""
        time = self.time(time_id)
        if time.status != APPLIED:
            return
        decided = replace(time, status=status)
        self.executive_time = [decided if one.id == time_id else one for one in self.executive_time]
        self.record(ExecutiveTimeDecided(time=decided, decided_by=by, reason=reason))

    # Inside

    def _require_duty(self, seat: Seat, process: Process) -> None:
        if seat.role == OWNERS_ROLE:
            raise wrong("/role", "owners", "销售角色由商机负责人担任", "is the owner's own role")
        for place, code in enumerate(seat.stages):
            stage = process.stage_called(code)
            if stage is None or seat.role not in stage.duties:
                raise wrong(
                    f"/stages/{place}", "no-duty", "该阶段没有此角色", "has no duty for this role"
                )
        if not seat.stages:
            raise wrong("/role", "no-duty", "后续阶段没有此角色", "has no duty from here on")

    def _require_free_lead(self, seat: Seat, process: Process) -> None:
        """One lead per stage. Raises LeadTaken."""
        for other in self.seats:
            if other.status != ACCEPTED or other.role != seat.role or other.id == seat.replaces:
                continue
            stages = (process.stage_called(code) for code in seat.stages if code in other.stages)
            led = [one.code for one in stages if one and one.duties.get(seat.role) == LEAD]
            if led:
                raise LeadTaken(other.staff_id or "", led)

    def _require(self, seat_id: str, *statuses: str) -> Seat:
        seat = self.seat(seat_id)
        if seat.status not in statuses:
            raise SeatStatus(seat.status)
        return seat

    def _becomes(
        self, seat_id: str, *, status: str, reason: str | None = None, by: str | None = None
    ) -> Seat:
        seat = self.seat(seat_id)
        changed = replace(seat, status=status, reason=reason, staff_id=by or seat.staff_id)
        self.seats = [changed if one.id == seat_id else one for one in self.seats]
        return changed


def team_of(deal: Opportunity) -> Team:
    """The team of a deal that nobody was asked to yet."""
    return Team(
        id=deal.id,
        key=deal.key,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        region=deal.region,
        rights_of=deal.reference,
    )


def stages_with(process: Process, role: str, start: int) -> list[str]:
    """Where the role has a duty, from a stage on."""
    return [one.code for one in process.stages if one.number >= start and role in one.duties]


def lead_of(stage: Stage, members: Sequence[Member], owner_id: str | None) -> Lead:
    """Always somebody, as long as the deal has an owner."""
    role = next((role for role, duty in stage.duties.items() if duty == LEAD), OWNERS_ROLE)
    for member in members:
        if member.role == role and stage.code in member.stages:
            return Lead(staff_id=member.staff_id, role=role, is_acting=False)
    return Lead(staff_id=owner_id, role=role, is_acting=role != OWNERS_ROLE)


def _same(one: Seat, other: Seat) -> bool:
    is_same = one.role == other.role and one.staff_id == other.staff_id
    return is_same and bool(set(one.stages) & set(other.stages))


def wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError(pointer, code, {CHINESE: zh, ENGLISH: en}))
