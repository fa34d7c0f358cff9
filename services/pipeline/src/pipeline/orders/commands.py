"""How orders come and go. A deal's order is evidence that it is being won."""

from dataclasses import dataclass
from datetime import date, datetime

from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.credit.commands import note_order, require_credit
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.opportunities.references import unknown_products
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.model import CANCELLED, Order, place_order
from pipeline.orders.store import ORDERS
from pipeline.products.model import Line


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as it is given: for a deal, or for a customer without one."""

    lines: list[Line]
    customer_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    number: str | None = None
    external_id: str | None = None
    placed_on: date | None = None
    delivered_on: date | None = None
    is_history: bool = False
    placed_at: datetime | None = None
    delivered_at: datetime | None = None


async def place_new_order(work: Work, given: NewOrder, *, today: date) -> Order:
    """Of a deal it takes customer and owner. History needs its own right and may be delivered.

    Raises:
        Duplicate: its external id is taken.
        ValidationFailed: an unknown customer, deal, product; a date to come.
    """
    if given.is_history:
        await work.scope("imports:history")
    placed_on = given.placed_on or today
    if placed_on > today or (given.delivered_on or today) > today:
        raise ValidationFailed(
            copies.field_error("/placed_on", "in-future", "不能晚于今天", "is after today")
        )
    errors = await unknown_products(work, given.lines)
    customer_id, owner_id = given.customer_id, given.owner_id
    shared_with: list[str] = []
    if given.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, given.opportunity_id, "opportunities:read")
        customer_id = customer_id or deal.customer_id
        owner_id = owner_id or deal.owner_id
        shared_with = list(deal.collaborator_ids)
        if customer_id != deal.customer_id:
            errors.append(_other_customer())
    if customer_id is None or await copies.customer(work, customer_id) is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if errors or customer_id is None:
        raise ValidationFailed(errors)
    holder = await holder_for(work, owner_id or acting_staff(work), "orders:write")
    identifier = await _new_identifier(work, given.external_id)
    order = place_order(
        identifier=identifier,
        number=given.number or f"SO{placed_on:%Y%m%d}-{identifier[-6:].upper()}",
        customer_id=customer_id,
        lines=given.lines,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=shared_with,
        placed_on=placed_on,
        opportunity_id=given.opportunity_id,
        external_id=given.external_id,
        origin="import" if given.is_history else None,
        at=given.placed_at,
    )
    if not given.is_history:
        await require_credit(
            work, customer_id, order.gross or order.total, at="order", order_id=order.id
        )
    work.add(ORDERS, order)
    await note_fact(work, _evidence(work, order))
    if given.delivered_on is not None:
        order.deliver(given.delivered_on, at=given.delivered_at)
    await note_order(work, order, placed_on)
    return order


async def cancel_order(work: Work, identifier: str, reason: str) -> Order:
    """What was not shipped; an order of which nothing was proves nothing any more."""
    order = await reach(work, ORDERS, identifier, "orders:write")
    order.cancel(reason)
    await note_order(work, order, work.today)
    if order.status == CANCELLED:
        await withdraw_fact(work, evidence_id(order), order.position, "the order was cancelled")
    return order


def evidence_id(order: Order) -> str:
    return f"order_placed:{order.id}"


def _evidence(work: Work, order: Order) -> Evidence:
    return Evidence(
        id=evidence_id(order),
        kind="order_placed",
        event_id=order.position,
        at=work.now,
        customer_id=order.customer_id,
        opportunity_ids=[order.opportunity_id] if order.opportunity_id else [],
    )


async def _new_identifier(work: Work, external_id: str | None) -> str:
    if external_id is None:
        return new_id()
    identifier = stable_id("order", "api", external_id)
    if await work.find(ORDERS, identifier) is not None:
        raise Duplicate(
            {CHINESE: f"外部编号 {external_id} 已存在", ENGLISH: f"{external_id} is taken already"}
        )
    return identifier


def _other_customer() -> FieldError:
    return copies.field_error(
        "/customer_id", "other-customer", "与商机的客户不一致", "is not the customer of the deal"
    )
