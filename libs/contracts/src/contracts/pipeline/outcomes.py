"""After a deal is closed: its hand-over to delivery, and the review of why it ended so."""

from datetime import date

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, Money, OpportunityId, StaffId

__all__ = [
    "HandOverAccepted",
    "HandOverCancelled",
    "HandOverFilled",
    "HandOverItem",
    "HandOverOpened",
    "HandOverOverdue",
    "HandOverOwnerChanged",
    "HandOverReturned",
    "HandOverSubmitted",
    "OutcomeFinding",
    "OutcomeReviewCancelled",
    "OutcomeReviewHeld",
    "OutcomeReviewOpened",
    "OutcomeReviewOverdue",
]


class HandOverItem(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the checklist: what there is to say, or why there is nothing."""

    code: str
    text: str | None = None
    file_ids: list[str] = []
    contact_ids: list[str] = []
    not_applicable: str | None = None


class _OfHandOver(Event, frozen=True, kw_only=True):
    hand_over_id: str
    opportunity_id: OpportunityId
    customer_id: CustomerId
    owner_id: StaffId


@event("hand_over", "opened")
class HandOverOpened(_OfHandOver, frozen=True, kw_only=True):
    """By winning; `round` counts the times the deal was won. Due at the end of `due_on`."""

    round: int
    due_on: date


@event("hand_over", "filled")
class HandOverFilled(_OfHandOver, frozen=True, kw_only=True):
    items: list[HandOverItem]
    after_sales: list[str]
    previous: list[HandOverItem]
    previous_after_sales: list[str]
    changed: list[str]


@event("hand_over", "submitted")
class HandOverSubmitted(_OfHandOver, frozen=True, kw_only=True):
    submitted_by: StaffId


@event("hand_over", "accepted")
class HandOverAccepted(_OfHandOver, frozen=True, kw_only=True):
    accepted_by: StaffId
    comment: str | None


@event("hand_over", "returned")
class HandOverReturned(_OfHandOver, frozen=True, kw_only=True):
    returned_by: StaffId
    reasons: list[str]


@event("hand_over", "overdue")
class HandOverOverdue(_OfHandOver, frozen=True, kw_only=True):
    """Its day has passed, and delivery has not accepted it."""

    due_on: date


@event("hand_over", "owner_changed")
class HandOverOwnerChanged(_OfHandOver, frozen=True, kw_only=True):
    previous_owner_id: StaffId


@event("hand_over", "cancelled")
class HandOverCancelled(_OfHandOver, frozen=True, kw_only=True):
    reason: str


class OutcomeFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Coded reasons, the winner and the winning price, lessons 经验与教训."""

    reasons: list[str]
    winner: str | None = None
    winner_competitor_id: str | None = None
    winning_price: Money | None = None
    lessons: str
    case_id: str | None = None


class _OfReview(Event, frozen=True, kw_only=True):
    outcome_review_id: str
    opportunity_id: OpportunityId
    customer_id: CustomerId | None


@event("outcome_review", "opened")
class OutcomeReviewOpened(_OfReview, frozen=True, kw_only=True):
    """`outcome` is won or lost. Due at the end of `due_on`."""

    owner_id: StaffId
    outcome: str
    due_on: date


@event("outcome_review", "held")
class OutcomeReviewHeld(_OfReview, frozen=True, kw_only=True):
    """`previous` is what was said before, where it is corrected."""

    outcome: str
    finding: OutcomeFinding
    previous: OutcomeFinding | None
    held_by: StaffId


@event("outcome_review", "overdue")
class OutcomeReviewOverdue(_OfReview, frozen=True, kw_only=True):
    due_on: date


@event("outcome_review", "cancelled")
class OutcomeReviewCancelled(_OfReview, frozen=True, kw_only=True):
    reason: str
