"""Orders: what they add to a customer's revenue, by local day."""

from typing import NamedTuple

import msgspec
from contracts import pipeline as wire
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.fold.money import cents_of

AGGREGATE = "order"


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dates are ISO strings; amounts whole cents without tax."""

    seq: int = 0
    waiting: int = 0
    customer: str | None = None
    placed_on: str | None = None
    delivered_on: str | None = None
    delivered_cents: int = 0
    currency: str = ""
    is_cancelled: bool = False


class Share(NamedTuple):
    """What one order adds to one customer on one day: money delivered, orders placed."""

    customer: str
    day: str
    cents: int
    currency: str
    orders: int


def shares(order: Order) -> list[Share]:
    """Revenue counts when delivered; the order counts on the day it was placed."""
    if order.customer is None or order.is_cancelled:
        return []
    found = []
    if order.placed_on is not None:
        found.append(Share(order.customer, order.placed_on, 0, "", 1))
    if order.delivered_on is not None:
        found.append(
            Share(order.customer, order.delivered_on, order.delivered_cents, order.currency, 0)
        )
    return found


def placed(order: Order, _event: Input, fact: wire.OrderPlaced) -> Order:
    return replace(order, customer=fact.customer_id, placed_on=fact.placed_on.isoformat())


def delivered(order: Order, _event: Input, fact: wire.OrderDelivered) -> Order:
    return replace(
        order,
        customer=fact.customer_id,
        delivered_on=fact.delivered_on.isoformat(),
        delivered_cents=cents_of(fact.amount),
        currency=fact.amount.currency,
    )


def cancelled(order: Order, _event: Input, _fact: wire.OrderCancelled) -> Order:
    return replace(order, is_cancelled=True)
