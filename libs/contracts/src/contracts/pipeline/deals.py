"""Deals and what surrounds them: products, opportunities, follow-ups, orders, payments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from contracts.envelope import Event, event
from contracts.pipeline.team import CreditShare
from contracts.values import (
    ContactId,
    ContractId,
    CustomerId,
    FollowUpId,
    Money,
    OpportunityId,
    OrderId,
    PaymentId,
    ProductId,
    StaffId,
)

__all__ = [
    "BuyerStageChanged",
    "CustomerCommitment",
    "DealContact",
    "DealTerms",
    "EvidenceLinked",
    "ExpectedCloseChanged",
    "FollowUpCancelled",
    "FollowUpDone",
    "FollowUpPlanned",
    "FollowUpTerms",
    "GateRefusalRecorded",
    "GateWaived",
    "IntentChanged",
    "Line",
    "MilestoneInvalidated",
    "MilestoneProven",
    "OpportunityLost",
    "OpportunityOpened",
    "OpportunityOwnerChanged",
    "OpportunityParked",
    "OpportunityReopened",
    "OpportunityUpdated",
    "OpportunityWon",
    "OrderCancelled",
    "OrderDelivered",
    "OrderPlaced",
    "Party",
    "PaymentReceived",
    "ProcessTemplatePublished",
    "ProductListed",
    "ProductPriceChanged",
    "ProductProfile",
    "ProductWithdrawn",
    "StageAdvanced",
    "StageMovedBack",
    "StageRef",
]


class ProductProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is sold; `line` is the product line, `list_price` that of the day."""

    name: str
    code: str
    line: str | None = None
    list_price: Money | None = None
    is_core: bool = False
    unit: str | None = None
    tax_code: str | None = None
    is_standard: bool = True
    is_list_price_taxed: bool = False


@event("product", "listed")
class ProductListed(Event, frozen=True, kw_only=True):
    product_id: ProductId
    profile: ProductProfile


@event("product", "price_changed")
class ProductPriceChanged(Event, frozen=True, kw_only=True):
    product_id: ProductId
    list_price: Money
    previous_list_price: Money | None
    is_taxed: bool = False
    valid_from: date | None = None


@event("product", "withdrawn")
class ProductWithdrawn(Event, frozen=True, kw_only=True):
    product_id: ProductId


class Line(msgspec.Struct, frozen=True, kw_only=True):
    product_id: ProductId
    quantity: Decimal
    unit_price: Money | None = None
    amount: Money


class StageRef(msgspec.Struct, frozen=True, kw_only=True):
    """A stage 阶段: its place from 1, its code, its time norm in calendar days."""

    number: int
    code: str
    norm_days: int | None = None


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A party of the project beside the customer (最终用户, 经销商, 设计院, 总包 …)."""

    role: str
    customer_id: CustomerId | None = None
    name: str | None = None


class DealContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of the deal and their stance to us (−2…+2)."""

    contact_id: ContactId
    stance: int | None = None


class DealTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a deal 商机 is about; `product_id` is that of the line with the largest amount."""

    name: str
    customer_id: CustomerId | None = None
    amount: Money | None = None
    amount_source: str = "estimate"
    is_taxed: bool = False
    product_id: ProductId | None = None
    lines: list[Line] = []
    parties: list[Party] = []
    contacts: list[DealContact] = []
    competitors: list[str] = []
    expected_close_on: date | None = None
    probability: Decimal | None = None
    forecast_call: str | None = None
    collaborator_ids: list[StaffId] = []
    need: str | None = None
    purpose: str | None = None
    budget_range: str | None = None
    purchase_on: date | None = None
    purchase_method: str | None = None
    next_step: str | None = None
    next_step_on: date | None = None


@event("opportunity", "opened")
class OpportunityOpened(Event, frozen=True, kw_only=True):
    """`opened_on` is missing where history does not know it."""

    opportunity_id: OpportunityId
    external_id: str | None = None
    owner_id: StaffId
    template: str
    template_version: int
    stage: StageRef
    buyer_stage: int | None = None
    intent: str = "none"
    opened_on: date | None
    terms: DealTerms
    is_mid_way: bool = False


@event("opportunity", "updated")
class OpportunityUpdated(Event, frozen=True, kw_only=True):
    """`collaborator_ids`: all who see the deal, its collaborators and its team."""

    opportunity_id: OpportunityId
    terms: DealTerms
    previous: DealTerms
    changed: list[str]
    collaborator_ids: list[StaffId] | None = None


@event("opportunity", "evidence_linked")
class EvidenceLinked(Event, frozen=True, kw_only=True):
    """A fact that named only the customer was taken as one about this deal."""

    opportunity_id: OpportunityId
    evidence: str
    kind: str


@event("opportunity", "milestone_proven")
class MilestoneProven(Event, frozen=True, kw_only=True):
    """`proof` is the id of the event that proves it."""

    opportunity_id: OpportunityId
    milestone: str
    stage: int
    proof: str
    proven_at: datetime


@event("opportunity", "milestone_invalidated")
class MilestoneInvalidated(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    milestone: str
    stage: int
    proof: str
    reason: str


@event("opportunity", "stage_advanced")
class StageAdvanced(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    stage: StageRef
    previous_stage: StageRef
    days_in_previous: Decimal | None = None


@event("opportunity", "stage_moved_back")
class StageMovedBack(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    stage: StageRef
    previous_stage: StageRef
    reason: str


@event("opportunity", "gate_waived")
class GateWaived(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    stage: int
    milestones: list[str]
    waived_by: StaffId
    reason: str


@event("opportunity", "buyer_stage_changed")
class BuyerStageChanged(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    buyer_stage: int
    previous_buyer_stage: int | None
    evidence: str | None = None
    said_by: ContactId | None = None
    statement: str | None = None


@event("opportunity", "intent_changed")
class IntentChanged(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    intent: str
    previous_intent: str
    reason: str | None = None


@event("opportunity", "expected_close_changed")
class ExpectedCloseChanged(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    expected_close_on: date | None
    previous_expected_close_on: date | None
    slips: int


@event("opportunity", "owner_changed")
class OpportunityOwnerChanged(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    owner_id: StaffId
    previous_owner_id: StaffId


@event("opportunity", "won")
class OpportunityWon(Event, frozen=True, kw_only=True):
    """`amount` is what was signed for, without tax; `credit_shares` are fixed from now on."""

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    amount: Money
    opened_on: date | None
    closed_on: date
    previous_stage: StageRef
    credit_shares: list[CreditShare] = []


@event("opportunity", "lost")
class OpportunityLost(Event, frozen=True, kw_only=True):
    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    reasons: list[str]
    note: str | None = None
    winner: str | None = None
    opened_on: date | None
    closed_on: date
    previous_stage: StageRef


@event("opportunity", "reopened")
class OpportunityReopened(Event, frozen=True, kw_only=True):
    """Undoes a won or lost: `previous_amount` is what had been won."""

    opportunity_id: OpportunityId
    stage: StageRef
    previous_status: str
    previous_amount: Money | None
    previous_closed_on: date | None
    reason: str


@event("opportunity", "parked")
class OpportunityParked(Event, frozen=True, kw_only=True):
    """Still open, but out of funnel and forecast until `wake_on`; `is_parked` false ends it."""

    opportunity_id: OpportunityId
    is_parked: bool
    wake_on: date | None = None
    reason: str | None = None


@event("gate_refusal", "recorded")
class GateRefusalRecorded(Event, frozen=True, kw_only=True):
    """A refused move: one aggregate per deal, gate and set of missing evidence."""

    refusal_id: str
    opportunity_id: OpportunityId
    from_stage: int
    to_stage: int
    missing: list[str]


class FollowUpTerms(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    method: str
    content: str | None = None
    objective: str | None = None


class CustomerCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer undertook 客户承诺, and by which day."""

    content: str
    on: date


@event("follow_up", "planned")
class FollowUpPlanned(Event, frozen=True, kw_only=True):
    """`due_at` is when an alert is due if nothing happened by then.

    `intent` and `stage` 购买意向和阶段 are the deal's at the time.
    """

    follow_up_id: FollowUpId
    opportunity_id: OpportunityId | None
    customer_id: CustomerId | None
    owner_id: StaffId
    contact_ids: list[str] = []
    terms: FollowUpTerms
    due_at: datetime
    intent: str | None = None
    stage: int | None = None


@event("follow_up", "done")
class FollowUpDone(Event, frozen=True, kw_only=True):
    follow_up_id: FollowUpId
    opportunity_id: OpportunityId | None
    customer_id: CustomerId | None
    result: str
    done_at: datetime
    intent: str | None = None
    contact_ids: list[str] = []
    evidence: list[str] = []
    commitment: CustomerCommitment | None = None


@event("follow_up", "cancelled")
class FollowUpCancelled(Event, frozen=True, kw_only=True):
    follow_up_id: FollowUpId
    opportunity_id: OpportunityId | None
    reason: str


@event("order", "placed")
class OrderPlaced(Event, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    external_id: str | None = None
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    owner_id: StaffId
    lines: list[Line]
    total: Money
    placed_on: date
    contract_id: ContractId | None = None
    quote_id: str | None = None
    gross: Money | None = None


@event("order", "delivered")
class OrderDelivered(Event, frozen=True, kw_only=True):
    """`amount` counts as revenue, without tax; the deliveries of an order add up.

    `is_complete`: nothing is left to deliver. `gross` is the amount with tax.
    """

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    lines: list[Line]
    amount: Money
    delivered_on: date
    delivery: int = 1
    is_complete: bool = True
    gross: Money | None = None
    contract_id: ContractId | None = None


@event("order", "cancelled")
class OrderCancelled(Event, frozen=True, kw_only=True):
    """What was not shipped is not delivered any more; `is_whole`: nothing of the order was.

    `amount` is what was cancelled, `lines` of what; without them the whole `total`.
    """

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    total: Money
    reason: str
    is_whole: bool = True
    lines: list[Line] = []
    amount: Money | None = None
    gross: Money | None = None
    contract_id: ContractId | None = None


@event("payment", "received")
class PaymentReceived(Event, frozen=True, kw_only=True):
    """`status` is `pending` for a bill 承兑汇票 that is no money before `counts_on`."""

    payment_id: PaymentId
    customer_id: CustomerId
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    owner_id: StaffId | None
    amount: Money
    method: str
    received_on: date
    contract_id: str | None = None
    status: str = "received"
    counts_on: date | None = None


@event("process_template", "published")
class ProcessTemplatePublished(Event, frozen=True, kw_only=True):
    """A new version of a process; running deals keep theirs. `definition` is the whole template."""

    code: str
    version: int
    definition: dict[str, Any]
