"""Approvals of the pipeline's papers, the matrices they follow, and who stands in for whom."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.envelope import Event, event
from contracts.values import CustomerId, Money, OpportunityId, StaffId

__all__ = [
    "ApprovalDecided",
    "ApprovalEscalated",
    "ApprovalMatrixPublished",
    "ApprovalPassedOn",
    "ApprovalRecalled",
    "ApprovalReminded",
    "ApprovalRequested",
    "ApprovalReturned",
    "ApprovalVoided",
    "ApproverAdded",
    "StandInAppointed",
    "StandInEnded",
]


@event("approval", "requested")
class ApprovalRequested(Event, frozen=True, kw_only=True):
    """`fingerprint` is what the paper said then: once it says something else, this is void.

    `approver_ids` are asked one after the other; `waiting_for` is the one whose turn it is.
    """

    approval_id: str
    kind: str
    paper_id: str
    fingerprint: str
    round: int
    opportunity_id: OpportunityId | None
    customer_id: CustomerId | None
    owner_id: StaffId
    requested_by: str
    approver_ids: list[StaffId]
    waiting_for: StaffId | None
    amount: Money | None
    discount: Decimal | None
    is_below_floor: bool
    matrix: str
    due_at: datetime | None
    collaborator_ids: list[StaffId]


@event("approval", "decided")
class ApprovalDecided(Event, frozen=True, kw_only=True):
    """One step (from 1) was `approved` or `refused`. `outcome` is null while more are asked."""

    approval_id: str
    kind: str
    paper_id: str
    fingerprint: str
    opportunity_id: OpportunityId | None
    customer_id: CustomerId | None
    step: int
    decision: str
    decided_by: StaffId
    on_behalf_of: StaffId | None
    comment: str | None
    outcome: str | None
    waiting_for: StaffId | None
    due_at: datetime | None


@event("approval", "returned")
class ApprovalReturned(Event, frozen=True, kw_only=True):
    """Back to who requested it, for a change; asked anew it is another approval."""

    approval_id: str
    kind: str
    paper_id: str
    opportunity_id: OpportunityId | None
    step: int
    decided_by: StaffId
    on_behalf_of: StaffId | None
    comment: str


@event("approval", "passed_on")
class ApprovalPassedOn(Event, frozen=True, kw_only=True):
    approval_id: str
    kind: str
    paper_id: str
    step: int
    waiting_for: StaffId
    previous_waiting_for: StaffId
    passed_on_by: str
    comment: str | None
    collaborator_ids: list[StaffId]


@event("approval", "approver_added")
class ApproverAdded(Event, frozen=True, kw_only=True):
    """`place` is `before` or `after` the step of who added them; `step` is the new one's number."""

    approval_id: str
    kind: str
    paper_id: str
    step: int
    place: str
    approver_id: StaffId
    added_by: StaffId
    comment: str | None
    waiting_for: StaffId
    collaborator_ids: list[StaffId]


@event("approval", "recalled")
class ApprovalRecalled(Event, frozen=True, kw_only=True):
    approval_id: str
    kind: str
    paper_id: str
    opportunity_id: OpportunityId | None
    recalled_by: str
    reason: str | None


@event("approval", "reminded")
class ApprovalReminded(Event, frozen=True, kw_only=True):
    """`reminded_by` is null where the clock did it."""

    approval_id: str
    kind: str
    paper_id: str
    step: int
    waiting_for: StaffId
    reminded_by: str | None


@event("approval", "escalated")
class ApprovalEscalated(Event, frozen=True, kw_only=True):
    """Nobody decided in time: the next superior is asked instead."""

    approval_id: str
    kind: str
    paper_id: str
    step: int
    waiting_for: StaffId
    previous_waiting_for: StaffId
    due_at: datetime | None
    collaborator_ids: list[StaffId]


@event("approval", "voided")
class ApprovalVoided(Event, frozen=True, kw_only=True):
    """It counts no more, since the paper changed or the decision was taken back."""

    approval_id: str
    kind: str
    paper_id: str
    opportunity_id: OpportunityId | None
    reason: str
    previous_status: str


@event("approval_matrix", "published")
class ApprovalMatrixPublished(Event, frozen=True, kw_only=True):
    """Who is asked about one kind of paper, from a day on. `definition` is the whole matrix."""

    kind: str
    version: int
    effective_from: date
    definition: dict[str, Any]
    previous_version: int


@event("stand_in", "appointed")
class StandInAppointed(Event, frozen=True, kw_only=True):
    """`staff_id` decides for `principal_id`, on both days too; no `kinds` means all of them."""

    stand_in_id: str
    principal_id: StaffId
    staff_id: StaffId
    first_on: date
    last_on: date
    kinds: list[str]


@event("stand_in", "ended")
class StandInEnded(Event, frozen=True, kw_only=True):
    stand_in_id: str
    principal_id: StaffId
    staff_id: StaffId
    last_on: date
    previous_last_on: date
