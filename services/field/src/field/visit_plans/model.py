"""The daily visit plan 每日拜访计划: drafted, handed in, decided by a superior.

    draft ──submit──▶ submitted ──approve / change──▶ approved
      ▲                   └────────reject──▶ rejected ──revise──┐
      └────────────────────────────────────────────────────────┘

A plan that nobody decided may proceed: its visits are then marked as not reviewed (未审).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Self

from chassis.facts import Aggregate, Fact
from chassis.ids import new_id
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    Forbidden,
    Refused,
    Text,
    ValidationFailed,
)

from field.policy import FieldPolicy

MOST_VISITS = 30
PURPOSES = {
    "new_development": "开发新客户",
    "market_research": "市场调研",
    "collection": "收款",
    "service": "服务",
    "complaint": "客诉处理",
    "order": "订货",
    "other": "其他",
}


class PlanStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Decision(StrEnum):
    APPROVED = "approved"
    CHANGED = "changed"
    REJECTED = "rejected"


class PlanIsElsewhere(Refused):
    """What was asked does not fit the plan's present status."""

    slug, status = "wrong-status", 409
    titles: ClassVar[Text] = {
        CHINESE: "计划的当前状态不允许此操作",
        ENGLISH: "The plan's status does not allow it",
    }


class OwnPlan(Forbidden):
    """Nobody decides on a plan of their own."""

    def __init__(self) -> None:
        super().__init__(
            {CHINESE: "不能审批自己的计划", ENGLISH: "nobody decides on their own plan"}
        )


@dataclass(frozen=True, kw_only=True)
class PlannedVisit:
    """One line: whom, why, when, and the deals and people it is for."""

    visit_id: str = field(default_factory=new_id)
    customer_id: str
    purpose: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opportunity_ids: list[str] = field(default_factory=list)
    contact_ids: list[str] = field(default_factory=list)
    accompanied_by: list[str] = field(default_factory=list)
    is_phone: bool = False


@dataclass(frozen=True, kw_only=True)
class VisitPlanDrafted(Fact):
    visits: list[PlannedVisit]
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class VisitPlanSubmitted(Fact):
    visits: list[PlannedVisit]
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class VisitPlanApproved(Fact):
    visits: list[PlannedVisit]
    approved_by: str
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class VisitPlanChanged(Fact):
    visits: list[PlannedVisit]
    previous: list[PlannedVisit]
    changed_by: str


@dataclass(frozen=True, kw_only=True)
class VisitPlanRejected(Fact):
    visits: list[PlannedVisit]
    rejected_by: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class Approval:
    """主管核签: what was decided, by whom, when, with what comment."""

    decision: Decision
    by: str
    at: datetime
    comment: str | None = None


@dataclass(kw_only=True)
class VisitPlan(Aggregate):
    """One rep's visits of one day; `owner_id` is the rep."""

    TYPE: ClassVar[str] = "visit_plan"

    on: date
    status: PlanStatus = PlanStatus.DRAFT
    visits: list[PlannedVisit] = field(default_factory=list)
    is_late: bool = False
    submitted_at: datetime | None = None
    approval: Approval | None = None

    @property
    def plan_id(self) -> str:
        return self.id

    @property
    def staff_id(self) -> str:
        return self.owner_id or ""

    @classmethod
    def draft(
        cls,
        *,
        staff_id: str,
        on: date,
        visits: Sequence[PlannedVisit],
        now: datetime,
        policy: FieldPolicy,
    ) -> Self:
        """
        Raises:
            ValidationFailed: a day gone by, no visits or too many, times outside the day.
        """
        if on < policy.local_date(now):
            raise ValidationFailed(
                FieldError(
                    "/on", "in-the-past", {CHINESE: "日期已过", ENGLISH: "the day has gone by"}
                )
            )
        identifier = new_id()
        plan = cls(id=identifier, key=identifier, owner_id=staff_id, on=on)
        plan._write(visits, now, policy)
        return plan

    def revise(self, visits: Sequence[PlannedVisit], now: datetime, policy: FieldPolicy) -> None:
        """Write it anew, as a draft; possible before it is handed in, and after a rejection."""
        self._require(PlanStatus.DRAFT, PlanStatus.REJECTED)
        self.status = PlanStatus.DRAFT
        self.approval = None
        self._write(visits, now, policy)

    def submit(self, now: datetime, policy: FieldPolicy) -> None:
        """Hand it in; late when after the evening before."""
        self._require(PlanStatus.DRAFT)
        self.status = PlanStatus.SUBMITTED
        self.submitted_at = now
        self.is_late = now > policy.plans_are_due(self.on)
        self.record(VisitPlanSubmitted(visits=self.visits, is_late=self.is_late))

    def approve(self, by: str, comment: str | None, now: datetime) -> None:
        self._decide(Decision.APPROVED, by, comment, now)
        self.record(VisitPlanApproved(visits=self.visits, approved_by=by, comment=comment))

    def change(
        self,
        by: str,
        visits: Sequence[PlannedVisit],
        comment: str | None,
        now: datetime,
        policy: FieldPolicy,
    ) -> None:
        """Approve it with other visits: the superior's word is final, so two facts at once."""
        _require_sound(visits, self.on, policy)
        self._decide(Decision.CHANGED, by, comment, now)
        previous, self.visits = self.visits, list(visits)
        self.record(VisitPlanChanged(visits=self.visits, previous=previous, changed_by=by))
        self.record(VisitPlanApproved(visits=self.visits, approved_by=by, comment=comment))

    def require_own(self, visit_ids: Sequence[str]) -> None:
        """
        Raises:
            ValidationFailed: a visit is not this plan's, or is named twice.
        """
        own = {line.visit_id for line in self.visits}
        for n, visit_id in enumerate(visit_ids):
            if visit_id not in own or visit_id in visit_ids[:n]:
                raise ValidationFailed(
                    FieldError(
                        "/customers",
                        "unknown-id",
                        {
                            CHINESE: f"计划中没有拜访 {visit_id}",
                            ENGLISH: f"the plan has no visit {visit_id}, or has it once",
                        },
                    )
                )

    def reject(self, by: str, comment: str, now: datetime) -> None:
        self._decide(Decision.REJECTED, by, comment, now)
        self.record(VisitPlanRejected(visits=self.visits, rejected_by=by, comment=comment))

    def is_lapsed(self, now: datetime, policy: FieldPolicy) -> bool:
        """Whether the superior let a plan that was in time go undecided into its day."""
        if self.is_late or self.submitted_at is None:
            return False
        decided_at = self.approval.at if self.approval else now
        return decided_at > policy.decisions_are_due(self.on)

    def _write(self, visits: Sequence[PlannedVisit], now: datetime, policy: FieldPolicy) -> None:
        _require_sound(visits, self.on, policy)
        self.visits = list(visits)
        self.is_late = now > policy.plans_are_due(self.on)
        self.record(VisitPlanDrafted(visits=self.visits, is_late=self.is_late))

    def _decide(self, decision: Decision, by: str, comment: str | None, now: datetime) -> None:
        if by == self.owner_id:
            raise OwnPlan()
        self._require(PlanStatus.SUBMITTED)
        rejected = decision is Decision.REJECTED
        self.status = PlanStatus.REJECTED if rejected else PlanStatus.APPROVED
        self.approval = Approval(decision=decision, by=by, at=now, comment=comment)

    def _require(self, *statuses: PlanStatus) -> None:
        if self.status not in statuses:
            wanted = " / ".join(statuses)
            raise PlanIsElsewhere(
                {
                    CHINESE: f"计划当前为 {self.status}，需要 {wanted}",
                    ENGLISH: f"the plan is {self.status}; it would have to be {wanted}",
                },
                members={"current_status": self.status.value},
            )


def _require_sound(visits: Sequence[PlannedVisit], on: date, policy: FieldPolicy) -> None:
    if not 1 <= len(visits) <= MOST_VISITS:
        raise ValidationFailed(
            FieldError(
                "/customers",
                "number-of-visits",
                {
                    CHINESE: f"一天 1 至 {MOST_VISITS} 个拜访",
                    ENGLISH: f"a day has 1 to {MOST_VISITS} visits",
                },
            )
        )
    errors = [
        error
        for n, visit in enumerate(visits)
        for error in _faults_of(visit, on, policy, f"/customers/{n}")
    ]
    if errors:
        raise ValidationFailed(errors)


def _faults_of(
    visit: PlannedVisit, on: date, policy: FieldPolicy, pointer: str
) -> list[FieldError]:
    errors = []
    if visit.purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        errors.append(
            FieldError(
                f"{pointer}/purpose",
                "unknown-purpose",
                {CHINESE: f"目的为 {known} 之一", ENGLISH: f"the purpose is one of {known}"},
            )
        )
    for name, moment in (("starts_at", visit.starts_at), ("ends_at", visit.ends_at)):
        if moment is not None and policy.local_date(moment) != on:
            errors.append(
                FieldError(
                    f"{pointer}/times/{name}",
                    "another-day",
                    {CHINESE: "不在计划当天", ENGLISH: "not on the day of the plan"},
                )
            )
    if visit.starts_at and visit.ends_at and visit.ends_at <= visit.starts_at:
        errors.append(
            FieldError(
                f"{pointer}/times/ends_at",
                "ends-before-it-starts",
                {CHINESE: "结束早于开始", ENGLISH: "it ends before it starts"},
            )
        )
    return errors
