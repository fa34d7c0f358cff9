"""A visit 拜访: planned or not, from check-in to check-out, and what was done there.

    planned ──check in──▶ checked_in ──check out / closed by rule──▶ checked_out
       ├──day gone by, or said so──▶ missed
       └──plan rejected or changed──▶ cancelled

Planned and actual times are kept apart. What the device says of time and place is kept as said;
a fix that is stale or missing is recorded as such and never replaced by an older one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from chassis.facts import Aggregate, Fact
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    Forbidden,
    Refused,
    Text,
    ValidationFailed,
)
from contracts.values import Fix, Position

from field.geodesy import distance_metres
from field.policy import FieldPolicy
from field.visit_plans.model import PlannedVisit

MOST_ACTIONS = 100


class VisitStatus(StrEnum):
    PLANNED = "planned"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    MISSED = "missed"
    CANCELLED = "cancelled"


class PlanStanding(StrEnum):
    """How the plan of a visit stood when the visit began."""

    APPROVED = "approved"
    UNREVIEWED = "unreviewed"
    """未审: nobody had decided."""
    NONE = "none"


class FixStatus(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    INACCURATE = "inaccurate"
    MISSING = "missing"


class ActionKind(StrEnum):
    SURVEY = "survey"
    INTERVIEW = "interview"
    STOCK_COUNT = "stock_count"
    ORDER = "order"
    PAYMENT = "payment"
    DEMONSTRATION = "demonstration"
    COMPLAINT = "complaint"
    COMPETITOR_SIGHTING = "competitor_sighting"


class VisitIsElsewhere(Refused):
    """What was asked does not fit the visit's present status."""

    slug, status = "wrong-status", 409
    titles: ClassVar[Text] = {
        CHINESE: "拜访的当前状态不允许此操作",
        ENGLISH: "The visit's status does not allow it",
    }


class OutsideTheFence(Refused):
    """Checked in too far from the customer, without a reason."""

    slug, status = "outside-fence", 409
    titles: ClassVar[Text] = {
        CHINESE: "不在客户围栏内，请说明原因",
        ENGLISH: "Too far from the customer: a reason is needed",
    }


class OwnVisit(Forbidden):
    """Nobody accepts a visit of their own."""

    def __init__(self) -> None:
        super().__init__({CHINESE: "不能认可自己的拜访", ENGLISH: "nobody accepts their own visit"})


@dataclass(frozen=True, kw_only=True)
class Survey:
    """初步调研: what a first survey found out."""

    need: str | None = None
    budget_range: str | None = None
    purchase_on: date | None = None
    purchase_method: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attendee:
    contact_id: str
    stance: int | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing done at a visit; `contact_ids` are the people met for it."""

    action: ActionKind
    contact_ids: list[str] = field(default_factory=list)
    attendees: list[Attendee] = field(default_factory=list)
    survey: Survey | None = None
    note: str | None = None
    opportunity_ids: list[str] | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VisitPlanned(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class VisitAccepted(Fact):
    accepted_by: str
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class VisitCancelled(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class VisitCheckedIn(Fact):
    at: datetime
    device_at: datetime | None
    fix: Fix | None
    fix_status: FixStatus
    distance_metres: float | None
    is_inside_fence: bool | None
    outside_reason: str | None
    plan_status: PlanStanding
    is_time_suspect: bool


@dataclass(frozen=True, kw_only=True)
class VisitActionRecorded(Fact):
    action: ActionKind
    contact_ids: list[str]
    attendees: list[Attendee]
    survey: Survey | None
    note: str | None
    opportunity_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class VisitCheckedOut(Fact):
    at: datetime
    device_at: datetime | None
    minutes: float
    outcome: str | None
    next_step: str | None
    next_step_on: date | None
    is_closed_by_rule: bool


@dataclass(frozen=True, kw_only=True)
class VisitMissed(Fact):
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class DeviceMoment:
    """When the device says it happened, and how long it then kept the command in its queue."""

    at: datetime | None = None
    queued_for: timedelta = timedelta(0)

    def true_moment(self, now: datetime, policy: FieldPolicy) -> datetime:
        """The device's time, or now where it gave none.

        Raises:
            ValidationFailed: the device's clock is more than five minutes ahead.
        """
        if self.at is None:
            return now
        if self.at - now > policy.device_may_lead_by:
            raise ValidationFailed(
                FieldError(
                    "/device_at",
                    "device-clock-ahead",
                    {
                        CHINESE: "设备时间比服务器快 5 分钟以上",
                        ENGLISH: "the device's clock is more than five minutes ahead",
                    },
                )
            )
        return self.at

    def is_suspect(self, now: datetime, policy: FieldPolicy) -> bool:
        if self.at is None:
            return False
        return abs(now - self.queued_for - self.at) > policy.unexplained_after


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """What a fix is worth, and how far it lies from the nearest of the customer's places."""

    status: FixStatus
    distance: float | None = None
    is_inside: bool | None = None


@dataclass(kw_only=True)
class Visit(Aggregate):
    """One visit of one rep (`owner_id`) to one customer. Its rights are the rep's."""

    TYPE: ClassVar[str] = "visit"

    customer_id: str
    purpose: str
    on: date
    status: VisitStatus = VisitStatus.PLANNED
    plan_id: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opportunity_ids: list[str] = field(default_factory=list)
    contact_ids: list[str] = field(default_factory=list)
    accompanied_by: list[str] = field(default_factory=list)
    is_phone: bool = False
    is_unplanned: bool = False
    accepted_by: str | None = None

    checked_in_at: datetime | None = None
    check_in_received_at: datetime | None = None
    plan_status: PlanStanding = PlanStanding.NONE
    fix: Fix | None = None
    fix_status: FixStatus = FixStatus.MISSING
    distance_metres: float | None = None
    is_inside_fence: bool | None = None
    outside_reason: str | None = None
    is_time_suspect: bool = False

    actions: list[Action] = field(default_factory=list)

    checked_out_at: datetime | None = None
    check_out_received_at: datetime | None = None
    minutes: float | None = None
    outcome: str | None = None
    next_step: str | None = None
    next_step_on: date | None = None
    is_closed_by_rule: bool = False
    reason: str | None = None
    """Why it was missed or cancelled."""

    @property
    def staff_id(self) -> str:
        return self.owner_id or ""

    @property
    def minutes_late(self) -> float | None:
        """Punctuality by the device's time; negative when early."""
        if self.starts_at is None or self.checked_in_at is None:
            return None
        return round((self.checked_in_at - self.starts_at) / timedelta(minutes=1), 1)

    def arrange(self) -> Self:
        """Note that it is going to take place."""
        self.record(VisitPlanned())
        return self

    def arrange_as(self, line: PlannedVisit) -> None:
        """Make it what a line of a plan says; a fact if that is news.

        Raises:
            ValidationFailed: the line is for another customer.
            VisitIsElsewhere: it was begun already, and the line says something new.
        """
        if line.customer_id != self.customer_id:
            raise ValidationFailed(
                _error(
                    "/customers",
                    "another-customer",
                    "同一拜访不能更换客户",
                    "a visit keeps its customer: leave out its visit_id",
                )
            )
        before = self._arranged()
        self.purpose = line.purpose
        self.starts_at, self.ends_at = line.starts_at, line.ends_at
        self.opportunity_ids, self.contact_ids = line.opportunity_ids, line.contact_ids
        self.accompanied_by, self.is_phone = line.accompanied_by, line.is_phone
        if self.version == 0 or self._arranged() != before:
            self._require(VisitStatus.PLANNED)
            self.arrange()

    def _arranged(self) -> tuple[object, ...]:
        return (
            self.purpose,
            self.starts_at,
            self.ends_at,
            self.opportunity_ids,
            self.contact_ids,
            self.accompanied_by,
            self.is_phone,
        )

    def accept(self, by: str, comment: str | None) -> None:
        """A superior accepts an unplanned visit, in place of the plan it never had.

        Raises:
            OwnVisit, VisitIsElsewhere: it was planned, or is accepted already, or off.
        """
        if by == self.owner_id:
            raise OwnVisit()
        self._require(VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.CHECKED_OUT)
        if not self.is_unplanned or self.accepted_by is not None:
            raise VisitIsElsewhere(
                {
                    CHINESE: "只有未认可的临时拜访需要认可",
                    ENGLISH: "only an unplanned visit that is not accepted yet can be accepted",
                }
            )
        self.accepted_by = by
        self.record(VisitAccepted(accepted_by=by, comment=comment))

    def cancel(self, reason: str) -> None:
        self._require(VisitStatus.PLANNED)
        self.status = VisitStatus.CANCELLED
        self.reason = reason
        self.record(VisitCancelled(reason=reason))

    def check_in(
        self,
        *,
        now: datetime,
        device: DeviceMoment,
        fix: Fix | None,
        places: Sequence[Position],
        outside_reason: str | None,
        plan_status: PlanStanding,
        policy: FieldPolicy,
    ) -> None:
        """Arrive. `places` are where the customer is known to be.

        Raises:
            VisitIsElsewhere: begun or over already, or of another day.
            OutsideTheFence: too far off, without a reason.
            ValidationFailed: the device's clock is ahead.
        """
        self._require(VisitStatus.PLANNED)
        at = device.true_moment(now, policy)
        if policy.local_date(at) != self.on:
            raise VisitIsElsewhere(
                {
                    CHINESE: f"该拜访安排在 {self.on}",
                    ENGLISH: f"this visit is arranged for {self.on}",
                }
            )
        where = whereabouts(fix, at, places, policy)
        if where.is_inside is False and not outside_reason and not self.is_phone:
            raise OutsideTheFence(
                {
                    CHINESE: f"距客户 {where.distance:.0f} 米",
                    ENGLISH: f"{where.distance:.0f} m from the customer",
                },
                members={"distance_metres": round(where.distance or 0.0, 1)},
            )
        self.status = VisitStatus.CHECKED_IN
        self.checked_in_at, self.check_in_received_at = at, now
        self.fix, self.fix_status = fix, where.status
        self.distance_metres = None if where.distance is None else round(where.distance, 1)
        self.is_inside_fence = where.is_inside
        self.outside_reason = outside_reason
        self.plan_status = plan_status
        self.is_time_suspect = device.is_suspect(now, policy)
        self.record(
            VisitCheckedIn(
                at=at,
                device_at=device.at,
                fix=fix,
                fix_status=where.status,
                distance_metres=self.distance_metres,
                is_inside_fence=where.is_inside,
                outside_reason=outside_reason,
                plan_status=plan_status,
                is_time_suspect=self.is_time_suspect,
            )
        )

    def record_action(self, action: Action) -> None:
        """Note one thing done here; what it must hold depends on its kind.

        Raises:
            VisitIsElsewhere: not there (yet, or any more).
            ValidationFailed: nobody met, no result, no attendees with their stance.
        """
        self._require(VisitStatus.CHECKED_IN)
        errors = _missing_from(action)
        if len(self.actions) >= MOST_ACTIONS:
            errors.append(
                _error("/action", "too-many", "动作过多", f"at most {MOST_ACTIONS} actions a visit")
            )
        if errors:
            raise ValidationFailed(errors)
        self.actions.append(action)
        self.record(
            VisitActionRecorded(
                action=action.action,
                contact_ids=action.contact_ids,
                attendees=action.attendees,
                survey=action.survey,
                note=action.note,
                opportunity_ids=self.opportunity_ids
                if action.opportunity_ids is None
                else action.opportunity_ids,
            )
        )

    def check_out(
        self,
        *,
        now: datetime,
        device: DeviceMoment,
        outcome: str,
        next_step: str | None,
        next_step_on: date | None,
        policy: FieldPolicy,
    ) -> None:
        """Leave, with the outcome, and the next step and its date.

        Raises:
            VisitIsElsewhere: not checked in.
            ValidationFailed: earlier than the check-in, or a next step without a date to come.
        """
        self._require(VisitStatus.CHECKED_IN)
        at = device.true_moment(now, policy)
        errors = []
        if self.checked_in_at is None or at < self.checked_in_at:
            errors.append(
                _error("/device_at", "before-check-in", "早于签到", "earlier than the check-in")
            )
        if (next_step is None) != (next_step_on is None):
            errors.append(
                _error(
                    "/next_step_on",
                    "undated-next-step",
                    "下一步需要内容和日期",
                    "a next step has words and a date",
                )
            )
        if next_step_on is not None and next_step_on < self.on:
            errors.append(_error("/next_step_on", "in-the-past", "日期已过", "the day has gone by"))
        if errors:
            raise ValidationFailed(errors)
        self.outcome, self.next_step, self.next_step_on = outcome, next_step, next_step_on
        self.check_out_received_at = now
        self.is_time_suspect = self.is_time_suspect or device.is_suspect(now, policy)
        self._leave(at, device.at, is_closed_by_rule=False)

    def close_by_rule(self) -> None:
        """End a visit whose check-out was forgotten.

        It counts no longer than what is known: until the last thing recorded there.
        """
        self._require(VisitStatus.CHECKED_IN)
        moments = [self.checked_in_at, *(action.at for action in self.actions)]
        last = max(moment for moment in moments if moment is not None)
        self._leave(last, None, is_closed_by_rule=True)

    def miss(self, reason: str | None) -> None:
        """It did not take place; `reason` is missing where the day went by without a word."""
        self._require(VisitStatus.PLANNED)
        self.status = VisitStatus.MISSED
        self.reason = reason
        self.record(VisitMissed(reason=reason))

    def _leave(self, at: datetime, device_at: datetime | None, *, is_closed_by_rule: bool) -> None:
        stayed = at - (self.checked_in_at or at)
        self.status = VisitStatus.CHECKED_OUT
        self.checked_out_at = at
        self.minutes = round(stayed / timedelta(minutes=1), 1)
        self.is_closed_by_rule = is_closed_by_rule
        self.record(
            VisitCheckedOut(
                at=at,
                device_at=device_at,
                minutes=self.minutes,
                outcome=self.outcome,
                next_step=self.next_step,
                next_step_on=self.next_step_on,
                is_closed_by_rule=is_closed_by_rule,
            )
        )

    def _require(self, *statuses: VisitStatus) -> None:
        if self.status not in statuses:
            wanted = " / ".join(statuses)
            raise VisitIsElsewhere(
                {
                    CHINESE: f"拜访当前为 {self.status}，需要 {wanted}",
                    ENGLISH: f"the visit is {self.status}; it would have to be {wanted}",
                },
                members={"current_status": self.status.value},
            )


def whereabouts(
    fix: Fix | None, at: datetime, places: Sequence[Position], policy: FieldPolicy
) -> Whereabouts:
    """Judge a fix: only a fresh and accurate one says anything about the fence."""
    if fix is None:
        return Whereabouts(status=FixStatus.MISSING)
    if fix.measured_at is None or abs(at - fix.measured_at) > policy.fix_is_fresh_for:
        return Whereabouts(status=FixStatus.STALE)
    if fix.accuracy_metres is not None and fix.accuracy_metres > policy.least_accuracy_metres:
        return Whereabouts(status=FixStatus.INACCURATE)
    if not places:
        return Whereabouts(status=FixStatus.FRESH)
    nearest = min(distance_metres(fix.position, place) for place in places)
    return Whereabouts(
        status=FixStatus.FRESH, distance=nearest, is_inside=nearest <= policy.fence_metres
    )


def _missing_from(action: Action) -> list[FieldError]:
    errors = []
    if action.action in (ActionKind.SURVEY, ActionKind.INTERVIEW) and not action.contact_ids:
        errors.append(
            _error("/contact_ids", "nobody-met", "请选择会见的联系人", "name whom you met")
        )
    if action.action is ActionKind.SURVEY and (action.survey is None or action.survey == Survey()):
        errors.append(_error("/survey", "no-result", "请填写调研结果", "a survey has a result"))
    if action.action is ActionKind.INTERVIEW and not action.note:
        errors.append(_error("/note", "no-result", "请填写访谈内容", "say what was said"))
    if action.action is ActionKind.DEMONSTRATION:
        if not action.attendees:
            errors.append(
                _error(
                    "/attendees", "nobody-there", "请填写参加人员", "a demonstration has attendees"
                )
            )
        errors += [
            _error(
                f"/attendees/{n}/stance", "no-stance", "请填写态度", "each attendee has a stance"
            )
            for n, attendee in enumerate(action.attendees)
            if attendee.stance is None
        ]
    return errors


def _error(pointer: str, code: str, chinese: str, english: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: chinese, ENGLISH: english})
