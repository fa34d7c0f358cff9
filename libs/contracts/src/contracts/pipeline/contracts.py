"""What becomes of contracts and of the orders under them."""

from datetime import date
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.pipeline.deals import Line
from contracts.values import ContractId, CustomerId, Money, OpportunityId, OrderId

__all__ = [
    "OrderAcceptanceRefused",
    "OrderAccepted",
    "OrderReturned",
    "OrderShipmentReversed",
    "OrderShipped",
    "Part",
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
