"""What becomes of contracts and of the orders under them."""

from datetime import date
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.pipeline.deals import Line
from contracts.pipeline.prices import PaperLine
from contracts.values import (
    ContactId,
    ContractId,
    CustomerId,
    Money,
    OpportunityId,
    OrderId,
    StaffId,
)

__all__ = [
    "AgreedMilestone",
    "ContractApproved",
    "ContractCalledOff",
    "ContractChanged",
    "ContractDiscarded",
    "ContractDrafted",
    "ContractEnded",
    "ContractEnding",
    "ContractGivenBack",
    "ContractNoted",
    "ContractRefused",
    "ContractSealSet",
    "ContractSent",
    "ContractSigned",
    "ContractSubmitted",
    "ContractSupplemented",
    "ContractTakenBack",
    "ContractTerms",
    "OrderAcceptanceRefused",
    "OrderAccepted",
    "OrderReturned",
    "OrderShipmentReversed",
    "OrderShipped",
    "Part",
    "RequirementChangeApplied",
    "RequirementChangeApproved",
    "RequirementChangeConfirmed",
    "RequirementChangeRaised",
    "RequirementChangeRefused",
    "RequirementChangeRevised",
    "RequirementChangeSubmitted",
    "RequirementChangeWithdrawn",
    "RequirementEffect",
    "SealUseDecided",
    "SealUseRequested",
]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one line of a paper, named by its place from 1."""

    line: int
    quantity: Decimal


@event("order", "shipped")
class OrderShipped(Event, frozen=True, kw_only=True):
    """`amount` without tax, `gross` with it; `is_complete`: nothing is left to ship."""

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None = None
    shipment: int
    shipped_on: date
    parts: list[Part]
    amount: Money
    gross: Money
    carrier: str | None = None
    waybill: str | None = None
    is_complete: bool


@event("order", "shipment_reversed")
class OrderShipmentReversed(Event, frozen=True, kw_only=True):
    """It did not arrive, and is to be shipped again."""

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None = None
    parts: list[Part]
    amount: Money
    gross: Money
    reason: str


@event("order", "accepted")
class OrderAccepted(Event, frozen=True, kw_only=True):
    """Deliveries, by their number, that the customer accepted 验收; all of them: the order."""

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None = None
    deliveries: list[int]
    accepted_on: date
    file_id: str | None = None
    is_complete: bool


@event("order", "acceptance_refused")
class OrderAcceptanceRefused(Event, frozen=True, kw_only=True):
    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None = None
    deliveries: list[int]
    refused_on: date
    reason: str


@event("order", "returned")
class OrderReturned(Event, frozen=True, kw_only=True):
    """`amount`, without tax, is taken off the revenue.

    `outcome`: `refund`, `replacement` (to be delivered again) or `correction` (the delivery was
    recorded by mistake).
    """

    order_id: OrderId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None = None
    number: int
    returned_on: date
    outcome: str
    reason: str
    lines: list[Line]
    amount: Money
    gross: Money


class AgreedMilestone(msgspec.Struct, frozen=True, kw_only=True):
    """A payment milestone of a contract: a `share` in percent or an `amount` with tax.

    Due `days` after its `trigger`; the trigger `date` is the day `on`.
    """

    name: str
    share: Decimal | None = None
    amount: Decimal | None = None
    trigger: str
    days: int = 0
    on: date | None = None


class ContractTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract 合同 says. `limit` bounds the call-offs of a frame, with tax.

    Of a supplement, `lines` are added to its base and `reductions` taken off; `replan`: its
    milestones also take the place of those that are not due yet.
    """

    title: str
    currency: str
    lines: list[PaperLine] = []
    limit: Money | None = None
    reductions: list[Part] = []
    milestones: list[AgreedMilestone] = []
    replan: bool = False
    entity_id: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int = 30
    warranty_months: int | None = None
    delivery: str | None = None
    payment: str | None = None
    warranty: str | None = None
    other: str | None = None


class _AboutContract(Event, frozen=True, kw_only=True):
    contract_id: ContractId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None


@event("contract", "drafted")
class ContractDrafted(_AboutContract, frozen=True, kw_only=True):
    """`kind`: `standard`, `frame` 框架协议 or `supplement` 补充协议. `net` is without tax."""

    number: str
    kind: str
    owner_id: StaffId
    quote_id: str | None = None
    base_contract_id: ContractId | None = None
    renews_id: ContractId | None = None
    requirement_change_id: str | None = None
    external_id: str | None = None
    terms: ContractTerms
    net: Money
    gross: Money


@event("contract", "changed")
class ContractChanged(_AboutContract, frozen=True, kw_only=True):
    """The draft says something else; what was approved of it is void."""

    terms: ContractTerms
    previous: ContractTerms
    changed: list[str]
    net: Money
    gross: Money


@event("contract", "submitted")
class ContractSubmitted(_AboutContract, frozen=True, kw_only=True):
    fingerprint: str


@event("contract", "approved")
class ContractApproved(_AboutContract, frozen=True, kw_only=True):
    """`by_rule`: the matrix asks for nobody."""

    fingerprint: str
    by_rule: bool


@event("contract", "refused")
class ContractRefused(_AboutContract, frozen=True, kw_only=True):
    """Not approved; `outcome` is `refused`, `returned`, `recalled` or `void`."""

    outcome: str
    reason: str | None


@event("contract", "sent")
class ContractSent(_AboutContract, frozen=True, kw_only=True):
    sent_on: date
    revision: int


@event("contract", "taken_back")
class ContractTakenBack(_AboutContract, frozen=True, kw_only=True):
    """It was sent and will say something else; `revision` numbers the next text."""

    reason: str
    revision: int


@event("contract", "discarded")
class ContractDiscarded(_AboutContract, frozen=True, kw_only=True):
    reason: str
    previous_status: str


@event("contract", "seal_requested")
class SealUseRequested(_AboutContract, frozen=True, kw_only=True):
    """The use of our seal 用印 is asked for."""

    fingerprint: str


@event("contract", "seal_decided")
class SealUseDecided(_AboutContract, frozen=True, kw_only=True):
    is_granted: bool
    reason: str | None


@event("contract", "seal_set")
class ContractSealSet(_AboutContract, frozen=True, kw_only=True):
    """One side sealed 盖章: `party` is `us` or `customer`."""

    party: str
    sealed_on: date
    file_id: str | None


@event("contract", "signed")
class ContractSigned(_AboutContract, frozen=True, kw_only=True):
    """Sealed by both sides, the scan attached: it binds from now on."""

    number: str
    kind: str
    base_contract_id: ContractId | None = None
    renews_id: ContractId | None = None
    signed_on: date
    file_id: str
    terms: ContractTerms
    net: Money
    gross: Money


@event("contract", "supplemented")
class ContractSupplemented(_AboutContract, frozen=True, kw_only=True):
    """A supplement was sealed: what is in force came to more, or less."""

    supplement_id: ContractId
    net: Money
    previous_net: Money
    gross: Money
    previous_gross: Money


@event("contract", "called_off")
class ContractCalledOff(_AboutContract, frozen=True, kw_only=True):
    """An order draws on it; `left` may still be drawn, with tax."""

    order_id: OrderId
    parts: list[Part]
    gross: Money
    left: Money


@event("contract", "given_back")
class ContractGivenBack(_AboutContract, frozen=True, kw_only=True):
    order_id: OrderId
    parts: list[Part]
    gross: Money
    left: Money


@event("contract", "noted")
class ContractNoted(_AboutContract, frozen=True, kw_only=True):
    """A change of requirements that leaves amounts and plan as they are."""

    requirement_change_id: str


@event("contract", "ending")
class ContractEnding(_AboutContract, frozen=True, kw_only=True):
    """Its end is near: `notice_days` of its terms before `ends_on`."""

    ends_on: date


@event("contract", "ended")
class ContractEnded(_AboutContract, frozen=True, kw_only=True):
    """`outcome`: `completed`, `terminated`, `expired` or `renewed`."""

    outcome: str
    ended_on: date
    reason: str | None
    renewed_by: ContractId | None


class RequirementEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of requirements 需求变更 does; amounts below zero are less."""

    title: str
    description: str
    goal: str | None = None
    schedule: str | None = None
    schedule_days: int | None = None
    budget: str | None = None
    budget_change: Money | None = None


class _AboutChange(Event, frozen=True, kw_only=True):
    requirement_change_id: str
    customer_id: CustomerId
    opportunity_id: OpportunityId | None
    contract_id: ContractId | None


@event("requirement_change", "raised")
class RequirementChangeRaised(_AboutChange, frozen=True, kw_only=True):
    """`asked_by`: `us` or `customer`."""

    asked_by: str
    owner_id: StaffId | None
    effect: RequirementEffect


@event("requirement_change", "revised")
class RequirementChangeRevised(_AboutChange, frozen=True, kw_only=True):
    """What either side had said to it counts no more."""

    effect: RequirementEffect
    previous: RequirementEffect
    changed: list[str]


@event("requirement_change", "submitted")
class RequirementChangeSubmitted(_AboutChange, frozen=True, kw_only=True):
    fingerprint: str


@event("requirement_change", "approved")
class RequirementChangeApproved(_AboutChange, frozen=True, kw_only=True):
    """By our side; `status` is `agreed` once both sides are."""

    approved_by: str | None
    by_rule: bool
    status: str


@event("requirement_change", "refused")
class RequirementChangeRefused(_AboutChange, frozen=True, kw_only=True):
    outcome: str
    reason: str | None


@event("requirement_change", "confirmed")
class RequirementChangeConfirmed(_AboutChange, frozen=True, kw_only=True):
    """By a contact of the customer; `status` is `agreed` once both sides are."""

    contact_id: ContactId
    confirmed_on: date
    file_id: str | None
    status: str


@event("requirement_change", "applied")
class RequirementChangeApplied(_AboutChange, frozen=True, kw_only=True):
    """`applied_as`: `supplement` or `note`."""

    applied_as: str
    supplement_id: ContractId | None


@event("requirement_change", "withdrawn")
class RequirementChangeWithdrawn(_AboutChange, frozen=True, kw_only=True):
    reason: str
    previous_status: str
