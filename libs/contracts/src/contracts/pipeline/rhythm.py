"""The rhythm of selling: follow-ups handed on, what came due, funnel reviews (1-15-30)."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, FollowUpId, FunnelReviewId, OpportunityId, StaffId

__all__ = [
    "FollowUpOwnerChanged",
    "FunnelReviewHeld",
    "FunnelReviewIntentJudged",
    "FunnelReviewRechecked",
    "OpportunityDueSettled",
    "OpportunityFollowUpDue",
    "OpportunityJudgementDue",
    "OpportunityRecheckDue",
    "ReviewMinutes",
    "ReviewPolicyChanged",
    "ReviewPromise",
    "ReviewRule",
    "ReviewTask",
]


@event("follow_up", "owner_changed")
class FollowUpOwnerChanged(Event, frozen=True, kw_only=True):
    """A planned follow-up goes along with its deal."""

    follow_up_id: FollowUpId
    opportunity_id: OpportunityId | None
    owner_id: StaffId
    previous_owner_id: StaffId


@event("opportunity", "recheck_due")
class OpportunityRecheckDue(Event, frozen=True, kw_only=True):
    """15 days without proven progress 15天再次跟进: `reviewer_id` is to look at it anew."""

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    since: datetime
    due_on: date
    reviewer_id: StaffId | None = None


@event("opportunity", "judgement_due")
class OpportunityJudgementDue(Event, frozen=True, kw_only=True):
    """30 days, or the event it was continued for is over: the intent is to be judged.

    `continued`: how often it was continued since the last proven progress.
    """

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    since: datetime
    due_on: date
    continued: int
    reviewer_id: StaffId | None = None


@event("opportunity", "due_settled")
class OpportunityDueSettled(Event, frozen=True, kw_only=True):
    """What was told as due is so no more: a review did it, or progress, rest or closing.

    `settled`: recheck, judgement, or both.
    """

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    settled: list[str]


@event("opportunity", "follow_up_due")
class OpportunityFollowUpDue(Event, frozen=True, kw_only=True):
    """No follow-up is planned, some days after a node was reached.

    `node` is intent_confirmed 购买意向确认, quoted 报价 or negotiating 谈判.
    """

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    node: str


class ReviewPromise(msgspec.Struct, frozen=True, kw_only=True):
    """What was promised for a deal; kept by a fact of kind `proof` (None: by any) up to `due_on`.

    `state` is kept, broken or ahead; missing for a promise that is only being made.
    """

    content: str
    due_on: date
    proof: str | None = None
    state: str | None = None
    fact: str | None = None


class ReviewTask(msgspec.Struct, frozen=True, kw_only=True):
    content: str
    owner_id: StaffId
    due_on: date


class ReviewMinutes(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about a deal; `is_unchanged`: confirmed together with others.

    `promises` 上周承诺 are those of the review before, as they were kept or broken.
    """

    opportunity_id: OpportunityId
    customer_id: CustomerId | None = None
    work_done: str | None = None
    progress: str | None = None
    problems: str | None = None
    next: str | None = None
    promised: list[ReviewPromise] = []
    promises: list[ReviewPromise] = []
    tasks: list[ReviewTask] = []
    is_unchanged: bool = False


@event("funnel_review", "held")
class FunnelReviewHeld(Event, frozen=True, kw_only=True):
    """Deals of one person were gone through 漏斗检查; `week` is the Monday of the week.

    Told again, with the further deals only, when a review is gone on with.
    """

    funnel_review_id: FunnelReviewId
    person_id: StaffId
    reviewer_id: StaffId
    week: date
    minutes: list[ReviewMinutes]


@event("funnel_review", "rechecked")
class FunnelReviewRechecked(Event, frozen=True, kw_only=True):
    """15天再次跟进: the reviewer looked at a deal again, with new information."""

    funnel_review_id: FunnelReviewId
    person_id: StaffId
    reviewer_id: StaffId
    week: date
    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    information: str
    next: str | None = None


@event("funnel_review", "intent_judged")
class FunnelReviewIntentJudged(Event, frozen=True, kw_only=True):
    """30天意向性判断: `outcome` is continue (until an event), park (until a day) or stop."""

    funnel_review_id: FunnelReviewId
    person_id: StaffId
    reviewer_id: StaffId
    week: date
    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    outcome: str
    reason: str
    event: str | None = None
    event_on: date | None = None
    wake_on: date | None = None


class ReviewRule(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of 1-15-30; `manager_reviews_above` is in the company's currency."""

    recheck_after_days: int
    judge_after_days: int
    continue_at_most: int
    event_within_days: int
    node_within_working_days: int
    manager_reviews_above: Decimal


@event("review_policy", "changed")
class ReviewPolicyChanged(Event, frozen=True, kw_only=True):
    rule: ReviewRule
    previous: ReviewRule
