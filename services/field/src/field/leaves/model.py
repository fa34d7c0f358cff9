"""Leave 请假 or a business trip 出差: asked for, granted or refused by a superior, cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

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

REQUESTED, GRANTED, REFUSED, CANCELLED = "requested", "granted", "refused", "cancelled"
LONGEST_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class LeaveRequested(Fact):
    kind: str
    first_on: date
    last_on: date


@dataclass(frozen=True, kw_only=True)
class LeaveGranted(Fact):
    kind: str
    first_on: date
    last_on: date
    granted_by: str


@dataclass(frozen=True, kw_only=True)
class LeaveRefused(Fact):
    refused_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeaveCancelled(Fact):
    was_granted: bool


class LeaveSettled(Refused):
    slug = "leave-settled"
    titles: ClassVar[Text] = {
        CHINESE: "请假已有结论或已取消",
        ENGLISH: "The leave is decided or cancelled",
    }


class LeaveOverlaps(Refused):
    slug = "leave-overlaps"
    titles: ClassVar[Text] = {
        CHINESE: "与已有的请假或出差重叠",
        ENGLISH: "There is leave on some of these days already",
    }


class GrantedByOneself(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            {CHINESE: "不能审批自己的请假", ENGLISH: "nobody grants leave to themselves"}
        )


@dataclass(kw_only=True)
class Leave(Aggregate):
    """Whole local days, first and last included. `reason` stays here: it may be private."""

    TYPE: ClassVar[str] = "leave"

    kind: str
    first_on: date
    last_on: date
    reason: str | None = None
    status: str = REQUESTED
    decided_by: str | None = None
    decided_at: datetime | None = None
    refusal: str | None = None

    @property
    def leave_id(self) -> str:
        return self.id

    @property
    def staff_id(self) -> str:
        return self.owner_id or ""

    def grant(self, by: str, *, now: datetime) -> None:
        self._require_open(by)
        self.status, self.decided_by, self.decided_at = GRANTED, by, now
        self.record(
            LeaveGranted(
                kind=self.kind, first_on=self.first_on, last_on=self.last_on, granted_by=by
            )
        )

    def refuse(self, by: str, reason: str, *, now: datetime) -> None:
        self._require_open(by)
        self.status, self.decided_by, self.decided_at = REFUSED, by, now
        self.refusal = reason
        self.record(LeaveRefused(refused_by=by, reason=reason))

    def cancel(self) -> None:
        """They are there after all, also in the middle of it."""
        if self.status not in (REQUESTED, GRANTED):
            raise LeaveSettled
        was_granted, self.status = self.status == GRANTED, CANCELLED
        self.record(LeaveCancelled(was_granted=was_granted))

    def _require_open(self, by: str) -> None:
        if by == self.owner_id:
            raise GrantedByOneself
        if self.status != REQUESTED:
            raise LeaveSettled


def request_leave(
    *,
    identifier: str,
    staff_id: str,
    team_id: str | None,
    region: str | None,
    kind: str,
    first_on: date,
    last_on: date,
    reason: str | None,
) -> Leave:
    """Raises ValidationFailed if it ends before it begins, or lasts longer than a year."""
    if not 0 <= (last_on - first_on).days < LONGEST_DAYS:
        raise ValidationFailed(
            FieldError(
                "/last_on",
                "out-of-bounds",
                {
                    CHINESE: "须在开始后一年内",
                    ENGLISH: "must be within a year of the first day",
                },
            )
        )
    leave = Leave(
        id=identifier,
        key=identifier,
        owner_id=staff_id,
        team_id=team_id,
        region=region,
        kind=kind,
        first_on=first_on,
        last_on=last_on,
        reason=reason,
    )
    leave.record(LeaveRequested(kind=kind, first_on=first_on, last_on=last_on))
    return leave
