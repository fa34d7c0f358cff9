"""The rhythm of selling: follow-ups handed on, what came due, funnel reviews (1-15-30)."""

from datetime import date, datetime

from contracts.envelope import Event, event
from contracts.values import CustomerId, FollowUpId, OpportunityId, StaffId

__all__ = [
    "FollowUpOwnerChanged",
    "OpportunityFollowUpDue",
    "OpportunityJudgementDue",
    "OpportunityRecheckDue",
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


@event("opportunity", "follow_up_due")
class OpportunityFollowUpDue(Event, frozen=True, kw_only=True):
    """No follow-up is planned, some days after a node was reached.

    `node` is intent_confirmed 购买意向确认, quoted 报价 or negotiating 谈判.
    """

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    node: str
