"""What can happen to a deal. Each fact becomes one event of the same name."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from chassis.facts import Fact
from contracts.values import Money

from pipeline.opportunities.model.members import CreditShare, Member
from pipeline.opportunities.model.terms import Evaluation, Terms


@dataclass(frozen=True, kw_only=True)
class StageMark:
    """A stage as facts name it: its place from 1, its code, its norm in calendar days."""

    number: int
    code: str
    norm_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a contact said where they were met."""

    contact_id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OpportunityOpened(Fact):
    """The deal is as it stands now; `terms` and `stage` as they were at the opening."""

    stage: StageMark
    terms: Terms
    intent: str
    opened_on: date | None
    buyer_stage: int | None
    is_mid_way: bool


@dataclass(frozen=True, kw_only=True)
class OpportunityUpdated(Fact):
    terms: Terms
    previous: Terms
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class ExpectedCloseChanged(Fact):
    expected_close_on: date | None
    previous_expected_close_on: date | None
    slips: int


@dataclass(frozen=True, kw_only=True)
class IntentChanged(Fact):
    intent: str
    previous_intent: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunityOwnerChanged(Fact):
    owner_id: str
    previous_owner_id: str


@dataclass(frozen=True, kw_only=True)
class EvaluationPrepared(Fact):
    """What the internal evaluation is to judge was written down; its margin is not told."""

    evaluation: Evaluation
    previous: Evaluation | None


@dataclass(frozen=True, kw_only=True)
class EvidenceLinked(Fact):
    """A fact that named only the customer was linked to the deal."""

    evidence: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class MilestoneProven(Fact):
    milestone: str
    stage: int
    proof: str
    proven_at: datetime


@dataclass(frozen=True, kw_only=True)
class MilestoneInvalidated(Fact):
    milestone: str
    stage: int
    proof: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class GateWaived(Fact):
    stage: int
    milestones: list[str]
    waived_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StageAdvanced(Fact):
    stage: StageMark
    previous_stage: StageMark
    days_in_previous: Decimal | None


@dataclass(frozen=True, kw_only=True)
class StageMovedBack(Fact):
    stage: StageMark
    previous_stage: StageMark
    reason: str


@dataclass(frozen=True, kw_only=True)
class TemplateVersionChanged(Fact):
    """The deal runs on a newer version of its process: `dropped` milestones count no more."""

    version: int
    previous_version: int
    stage: StageMark
    previous_stage: StageMark
    buyer_stage: int | None
    previous_buyer_stage: int | None
    dropped: list[str]
    owed: list[str]


@dataclass(frozen=True, kw_only=True)
class BuyerStageChanged(Fact):
    buyer_stage: int
    previous_buyer_stage: int | None
    evidence: str
    said_by: str | None = None
    statement: str | None = None


@dataclass(frozen=True, kw_only=True)
class BuyerStageDoubted(Fact):
    """The fact that set the buyer's stage no longer stands."""

    buyer_stage: int
    proof: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class MisalignmentChanged(Fact):
    """Seller and buyer have come too far apart, or together again (then it may be unknown)."""

    is_misaligned: bool
    misalignment: int | None
    at_stage: int
    buyer_stage: int | None


@dataclass(frozen=True, kw_only=True)
class OpportunityShared(Fact):
    members: list[Member]
    previous_members: list[Member]


@dataclass(frozen=True, kw_only=True)
class CreditSharesAgreed(Fact):
    shares: list[CreditShare]
    previous_shares: list[CreditShare]


@dataclass(frozen=True, kw_only=True)
class OpportunityWon(Fact):
    amount: Money
    opened_on: date | None
    closed_on: date
    previous_stage: StageMark


@dataclass(frozen=True, kw_only=True)
class OpportunityLost(Fact):
    reasons: list[str]
    opened_on: date | None
    closed_on: date
    previous_stage: StageMark
    note: str | None = None
    winner: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunityReopened(Fact):
    stage: StageMark
    previous_status: str
    previous_amount: Money | None
    previous_closed_on: date | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class OpportunityParked(Fact):
    is_parked: bool
    wake_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunityRecheckDue(Fact):
    """Fifteen days without proven progress: its reviewer is to look at it anew."""

    since: datetime
    due_on: date
    reviewer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunityJudgementDue(Fact):
    """Thirty days, or the event it was continued for is over: the intent is to be judged."""

    since: datetime
    due_on: date
    continued: int
    reviewer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunityDueSettled(Fact):
    """What had come due is so no more: by a review, by progress, or the deal rests or is closed."""

    settled: list[str]


@dataclass(frozen=True, kw_only=True)
class OpportunityFollowUpDue(Fact):
    """It reached a node at which one contacts the customer, and no follow-up is planned."""

    node: str


@dataclass(frozen=True, kw_only=True)
class GateRefusalRecorded(Fact):
    from_stage: int
    to_stage: int
    missing: list[str] = field(default_factory=list)
