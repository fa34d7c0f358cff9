"""What happens to an order. Amounts are without tax; `lines` tell the part that it is about."""

from dataclasses import dataclass
from datetime import date

from chassis.facts import Fact
from contracts.values import Money

from pipeline.orders.model.quantities import Part
from pipeline.products.model import Line


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class OrderShipped(Fact):
    """`gross` is with tax; `is_complete`: nothing is left to ship."""

    shipment: int
    shipped_on: date
    parts: list[Part]
    amount: Money
    gross: Money
    carrier: str | None
    waybill: str | None
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class OrderShipmentReversed(Fact):
    """It came back undelivered, or never left; it is to be shipped again."""

    parts: list[Part]
    amount: Money
    gross: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(Fact):
    """`amount` counts as revenue; deliveries of one order add up."""

    delivery: int
    delivered_on: date
    lines: list[Line]
    parts: list[Part]
    amount: Money
    gross: Money
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class OrderAccepted(Fact):
    """The customer accepted 验收 these deliveries; `is_complete`: the whole order."""

    deliveries: list[int]
    accepted_on: date
    file_id: str | None
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class OrderAcceptanceRefused(Fact):
    deliveries: list[int]
    refused_on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderReturned(Fact):
    """`amount` is taken off the revenue. `outcome`: refund, replacement or correction."""

    number: int
    returned_on: date
    outcome: str
    reason: str
    lines: list[Line]
    parts: list[Part]
    amount: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Fact):
    """What was not shipped yet; `is_whole`: nothing of the order was."""

    reason: str
    lines: list[Line]
    parts: list[Part]
    amount: Money
    gross: Money
    is_whole: bool
