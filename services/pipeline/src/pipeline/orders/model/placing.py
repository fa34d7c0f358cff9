"""How an order begins: from priced and taxed lines, or from lines in their simplest form."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.orders.model import facts
from pipeline.orders.model.order import Order
from pipeline.pricing.model import PaperLine
from pipeline.products.model import Line


def place_order(
    *,
    identifier: str,
    customer_id: str,
    placed_on: date,
    lines: list[Line] | None = None,
    paper_lines: list[PaperLine] | None = None,
    key: str | None = None,
    collaborator_ids: list[str] | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Order:
    """A new order; its total is the sum of its lines without tax. `more` are fields of `Order`.

    Raises:
        ValidationFailed: lines in several currencies.
    """
    papers = paper_lines or []
    nets = [line.net for line in papers] or [line.amount for line in lines or []]
    grosses = [line.gross for line in papers] or nets
    gross = _sum(grosses)
    order = Order(
        id=identifier,
        key=key or customer_id,
        customer_id=customer_id,
        placed_on=placed_on,
        collaborator_ids=collaborator_ids or [],
        lines=lines or [line for one in papers if (line := one.line()) is not None],
        paper_lines=papers,
        total=_sum(nets),
        gross=gross,
        unshipped=gross,
        **more,
    )
    order.record(facts.OrderPlaced(), at=at)
    return order


def _sum(amounts: list[Money]) -> Money:
    total = Money(Decimal("0.00"), amounts[0].currency)
    for place, amount in enumerate(amounts):
        if amount.currency != total.currency:
            raise ValidationFailed(
                FieldError(
                    f"/lines/{place}/amount/currency",
                    "mixed-currencies",
                    {CHINESE: "币种不一致", ENGLISH: "differs from that of the first line"},
                )
            )
        total = total + amount
    return total
