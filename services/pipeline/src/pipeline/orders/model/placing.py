"""How an order begins."""

from datetime import date, datetime

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.orders.model import facts
from pipeline.orders.model.order import Order
from pipeline.products.model import Line


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
    grosses: list[Money] | None = None,
    key: str | None = None,
    opportunity_id: str | None = None,
    contract_id: str | None = None,
    external_id: str | None = None,
    collaborator_ids: list[str] | None = None,
    origin: str | None = None,
    at: datetime | None = None,
) -> Order:
    """A new order; its total is the sum of its lines. `grosses`: each line with its tax.

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
        contract_id=contract_id,
        lines=lines,
        grosses=grosses or [],
        total=total,
        placed_on=placed_on,
    )
    order.gross = order.unshipped = sum(grosses[1:], grosses[0]) if grosses else total
    order.record(facts.OrderPlaced(), at=at)
    return order
