"""What an offer is worth to us: its discount, margin 毛利率, and whether it is below the floor.

All without tax. A figure that is not known (a line without a cost) makes the whole unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from contracts.values import Money

from pipeline.pricing.model import ZERO, PaperLine
from pipeline.quotes.model.offer import DEALER, Offer
from pipeline.taxes.model import rounded

FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Of one line and a unit, without tax: the price that applies to the customer, floor, cost."""

    applicable_price: Decimal | None = None
    floor_price: Decimal | None = None
    unit_cost: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """`discount` and `margin` are shares of 1; `borne_by_dealers` is their part of the discount."""

    discount: Decimal
    discount_amount: Money
    borne_by_dealers: Money
    cost: Money | None
    margin: Decimal | None
    is_below_floor: bool


def assess(offer: Offer, bases: Sequence[Basis]) -> Assessment:
    """The margin counts what dealers bear of the discount as ours."""
    pairs = [
        (line, basis)
        for line, basis in zip(offer.lines, bases, strict=True)
        if not line.is_optional
    ]
    net = offer.total.net.amount
    listed = sum((_listed(line, basis) for line, basis in pairs), ZERO)
    off = max(listed - net, ZERO)
    borne = rounded(off * sum((one.share for one in offer.bearers if one.bearer == DEALER), ZERO))
    cost = _cost(pairs)
    revenue = net + borne
    return Assessment(
        discount=_share(off, listed),
        discount_amount=Money(off, offer.currency),
        borne_by_dealers=Money(borne, offer.currency),
        cost=None if cost is None else Money(cost, offer.currency),
        margin=None if cost is None or not revenue else _share(revenue - cost, revenue),
        is_below_floor=any(_is_below_floor(line, basis) for line, basis in pairs),
    )


def _listed(line: PaperLine, basis: Basis) -> Decimal:
    if basis.applicable_price is None:
        return line.before_discount.net.amount
    return rounded(basis.applicable_price * line.quantity)


def _cost(pairs: Sequence[tuple[PaperLine, Basis]]) -> Decimal | None:
    total = ZERO
    for line, basis in pairs:
        if basis.unit_cost is None:
            return None
        total += rounded(basis.unit_cost * line.quantity)
    return total


def _is_below_floor(line: PaperLine, basis: Basis) -> bool:
    if basis.floor_price is None:
        return False
    return line.net.amount < rounded(basis.floor_price * line.quantity)


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole).quantize(FOUR_PLACES, ROUND_HALF_UP) if whole else ZERO
