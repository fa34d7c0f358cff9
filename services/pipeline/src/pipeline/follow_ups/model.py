"""A follow-up: the plan (客户跟进计划) and, once done, the record (跟进记录)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed

PLANNED, DONE, CANCELLED = "planned", "done", "cancelled"
METHODS = ("visit", "phone", "video", "message", "mail", "meeting", "other")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When, how, about what, and what for (时间 方式 内容 目标)."""

    at: datetime
    method: str
    content: str | None = None
    objective: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What the customer undertook 客户承诺, and by which day."""

    content: str
    on: date


@dataclass(frozen=True, kw_only=True)
class FollowUpPlanned(Fact):
    terms: Plan
    due_at: datetime
    intent: str | None = None
    stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpDone(Fact):
    result: str
    done_at: datetime
    intent: str | None
    contact_ids: list[str]
    evidence: list[str]
    commitment: Commitment | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpCancelled(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class FollowUpOwnerChanged(Fact):
    owner_id: str
    previous_owner_id: str


class FollowUpSettled(Refused):
    slug = "follow-up-settled"
    titles: ClassVar[Text] = {
        CHINESE: "跟进已完成或已取消",
        ENGLISH: "The follow-up is done or cancelled",
    }


@dataclass(kw_only=True)
class FollowUp(Aggregate):
    """For a deal, or for a customer without one. `due_at` is when its absence is an alert.

    `intent` and `stage` 购买意向和阶段 are the deal's when it was planned; what came of it may
    change the intent.
    """

    TYPE: ClassVar[str] = "follow_up"

    opportunity_id: str | None = None
    customer_id: str | None = None
    contact_ids: list[str] = field(default_factory=list)
    plan: Plan
    due_at: datetime
    status: str = PLANNED
    result: str | None = None
    done_at: datetime | None = None
    intent: str | None = None
    stage: int | None = None
    evidence: list[str] = field(default_factory=list)
    commitment: Commitment | None = None
    cancelled_reason: str | None = None

    def finish(
        self,
        *,
        result: str,
        done_at: datetime,
        intent: str | None = None,
        contact_ids: list[str] | None = None,
        evidence: list[str] | None = None,
        commitment: Commitment | None = None,
    ) -> None:
        """It took place: what came of it 跟进结果, and what it changed about the intent."""
        self._require_planned()
        self.status, self.result, self.done_at = DONE, result, done_at
        self.intent = intent or self.intent
        self.commitment = commitment
        self.contact_ids = contact_ids or self.contact_ids
        self.evidence = evidence or []
        self.record(
            FollowUpDone(
                result=result,
                done_at=done_at,
                intent=intent,
                contact_ids=self.contact_ids,
                evidence=self.evidence,
                commitment=commitment,
            )
        )

    def cancel(self, reason: str) -> None:
        self._require_planned()
        self.status, self.cancelled_reason = CANCELLED, reason
        self.record(FollowUpCancelled(reason=reason))

    def hand_to(self, owner_id: str, team_id: str | None, region: str | None) -> None:
        """It goes along with its deal; what is done or cancelled stays whose it was."""
        if self.status != PLANNED or owner_id == self.owner_id:
            return
        previous = self.owner_id or ""
        self.owner_id, self.team_id, self.region = owner_id, team_id, region
        self.record(FollowUpOwnerChanged(owner_id=owner_id, previous_owner_id=previous))

    def _require_planned(self) -> None:
        if self.status != PLANNED:
            words = {DONE: "已完成", CANCELLED: "已取消"}[self.status]
            raise FollowUpSettled({CHINESE: f"跟进{words}", ENGLISH: f"it is {self.status}"})


def plan_follow_up(
    plan: Plan,
    *,
    identifier: str,
    key: str,
    grace: timedelta,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    due_at: datetime | None = None,
    opportunity_id: str | None = None,
    customer_id: str | None = None,
    contact_ids: list[str] | None = None,
    collaborator_ids: list[str] | None = None,
    intent: str | None = None,
    stage: int | None = None,
) -> FollowUp:
    """A new plan, due `grace` after its time unless the caller says when."""
    due = plan.at + grace if due_at is None else due_at
    if due < plan.at:
        raise ValidationFailed(
            FieldError(
                "/due_at",
                "too-early",
                {CHINESE: "早于计划时间", ENGLISH: "is before the planned time"},
            )
        )
    follow_up = FollowUp(
        id=identifier,
        key=key,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids or [],
        opportunity_id=opportunity_id,
        customer_id=customer_id,
        contact_ids=contact_ids or [],
        plan=plan,
        due_at=due,
        intent=intent,
        stage=stage,
    )
    follow_up.record(FollowUpPlanned(terms=plan, due_at=due, intent=intent, stage=stage))
    return follow_up
