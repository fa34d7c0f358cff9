"""An order in its simplest form: placed, then delivered whole or cancelled. Never edited."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

from pipeline.products.model import Line

PLACED, DELIVERED, CANCELLED = "placed", "delivered", "cancelled"


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(Fact):
    """`amount` counts as revenue, without tax."""

    amount: Money
    delivered_on: date


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Fact):
    reason: str


class OrderSettled(Refused):
    slug = "order-settled"
    titles: ClassVar[Text] = {
        CHINESE: "订单已交付或已取消",
        ENGLISH: "The order is delivered or cancelled",
    }


@dataclass(kw_only=True)
class Order(Aggregate):
    """What a customer ordered; `opportunity_id` names the deal it belongs to, if any."""

    TYPE: ClassVar[str] = "order"

    number: str
    external_id: str | None = None
    customer_id: str
    opportunity_id: str | None = None
    lines: list[Line] = field(default_factory=list)
    total: Money
    status: str = PLACED
    placed_on: date
    delivered_on: date | None = None
    cancelled_reason: str | None = None

    def deliver(self, on: date, *, at: datetime | None = None) -> None:
        """Delivered whole: its total becomes revenue."""
        self._require_open()
        if on < self.placed_on:
            raise ValidationFailed(
                FieldError(
                    "/delivered_on",
                    "too-early",
                    {CHINESE: "早于下单日期", ENGLISH: "is before the order was placed"},
                )
            )
        self.status, self.delivered_on = DELIVERED, on
        self.record(OrderDelivered(amount=self.total, delivered_on=on), at=at)

    def cancel(self, reason: str) -> None:
        self._require_open()
        self.status, self.cancelled_reason = CANCELLED, reason
        self.record(OrderCancelled(reason=reason))

    def _require_open(self) -> None:
        if self.status != PLACED:
            words = {DELIVERED: "已交付", CANCELLED: "已取消"}[self.status]
            raise OrderSettled({CHINESE: f"订单{words}", ENGLISH: f"the order is {self.status}"})


def place_order(
    *,
    identifier: str,
    number: str,
    customer_id: str,
    lines: list[Line],
    owner_id: str,
    team_id: str | None,
    region: str | None,
    placed_on: date,
    key: str | None = None,
    opportunity_id: str | None = None,
    external_id: str | None = None,
    collaborator_ids: list[str] | None = None,
    origin: str | None = None,
    at: datetime | None = None,
) -> Order:
    """A new order; its total is the sum of its lines.

    Raises:
        ValidationFailed: lines in several currencies.
    """
    total = lines[0].amount
    for place, line in enumerate(lines[1:], start=1):
        if line.amount.currency != total.currency:
            raise ValidationFailed(
                FieldError(
                    f"/lines/{place}/amount/currency",
                    "mixed-currencies",
                    {CHINESE: "币种不一致", ENGLISH: "differs from that of the first line"},
                )
            )
        total = total + line.amount
    order = Order(
        id=identifier,
        key=key or customer_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids or [],
        origin=origin,
        number=number,
        external_id=external_id,
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        lines=lines,
        total=total,
        placed_on=placed_on,
    )
    order.record(OrderPlaced(), at=at)
    return order
