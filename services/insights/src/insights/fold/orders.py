"""Orders: what they add to a customer's revenue, by local day."""

from typing import NamedTuple

import msgspec
from contracts import pipeline as wire
from contracts.values import Money
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.fold.money import cents_of

AGGREGATE = "order"


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dates are ISO strings; amounts whole cents without tax.

    The first delivery stands by itself; `moved` are later ones, and returns below zero.
    """

    seq: int = 0
    waiting: int = 0
    customer: str | None = None
    placed_on: str | None = None
    delivered_on: str | None = None
    delivered_cents: int = 0
    currency: str = ""
    moved: tuple[tuple[str, int], ...] = ()
    is_cancelled: bool = False


class Share(NamedTuple):
    """What one order adds to one customer on one day: money delivered, orders placed."""

    customer: str
    day: str
    cents: int
    currency: str
    orders: int


def shares(order: Order) -> list[Share]:
    """Revenue counts when delivered, less what came back; the order on the day it was placed."""
    if order.customer is None or order.is_cancelled:
        return []
    found = []
    if order.placed_on is not None:
        found.append(Share(order.customer, order.placed_on, 0, "", 1))
    if order.delivered_on is not None:
        found.append(
            Share(order.customer, order.delivered_on, order.delivered_cents, order.currency, 0)
        )
    found += [Share(order.customer, day, cents, order.currency, 0) for day, cents in order.moved]
    return found


def placed(order: Order, _event: Input, fact: wire.OrderPlaced) -> Order:
    return replace(order, customer=fact.customer_id, placed_on=fact.placed_on.isoformat())


def delivered(order: Order, _event: Input, fact: wire.OrderDelivered) -> Order:
    """The first delivery, or one more."""
    day = fact.delivered_on.isoformat()
    if order.delivered_on is not None:
        return _moved(order, day, fact.amount)
    return replace(
        order,
        customer=fact.customer_id,
        delivered_on=day,
        delivered_cents=cents_of(fact.amount),
        currency=fact.amount.currency,
    )


def returned(order: Order, _event: Input, fact: wire.OrderReturned) -> Order:
    return _moved(order, fact.returned_on.isoformat(), -fact.amount)


def cancelled(order: Order, _event: Input, fact: wire.OrderCancelled) -> Order:
    """What was delivered before the rest was cancelled still counts."""
    return replace(order, is_cancelled=fact.is_whole)


def _moved(order: Order, day: str, amount: Money) -> Order:
    if amount.currency != order.currency:
        raise ValueError(f"{amount.currency} in an order of {order.currency}")
    return replace(order, moved=(*order.moved, (day, cents_of(amount))))
