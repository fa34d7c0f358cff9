"""What can be done with an order once it is placed: ship, deliver, accept, take back."""

from collections.abc import Sequence
from datetime import date

from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import reach
from pipeline.credit.commands import note_order, require_credit
from pipeline.orders.model import Order, Part
from pipeline.orders.store import ORDERS

FULFIL = "orders:fulfil"


async def ship_order(
    work: Work,
    identifier: str,
    parts: Sequence[Part],
    *,
    on: date | None,
    today: date,
    carrier: str | None = None,
    waybill: str | None = None,
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(on, today, "/shipped_on")
    await _require_credit(work, order)
    order.ship(day, parts, carrier=carrier, waybill=waybill)
    await note_order(work, order, day)
    return order


async def reverse_shipment(
    work: Work, identifier: str, parts: Sequence[Part], reason: str
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    order.reverse_shipment(reason, parts)
    await note_order(work, order, work.today)
    return order


async def deliver_order(
    work: Work, identifier: str, parts: Sequence[Part], *, on: date | None, today: date
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(on, today, "/delivered_on")
    if not order.is_shipped:
        await _require_credit(work, order)
    order.deliver(day, parts)
    await note_order(work, order, day)
    return order


async def accept_order(
    work: Work,
    identifier: str,
    deliveries: Sequence[int],
    *,
    on: date | None,
    file_id: str | None,
    today: date,
) -> Order:
    """The customer's acceptance 验收, with its protocol as a file where there is one."""
    order = await reach(work, ORDERS, identifier, FULFIL)
    order.accept(_not_to_come(on, today, "/accepted_on"), deliveries, file_id=file_id)
    return order


async def refuse_acceptance(
    work: Work,
    identifier: str,
    deliveries: Sequence[int],
    reason: str,
    *,
    on: date | None,
    today: date,
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    order.refuse_acceptance(_not_to_come(on, today, "/refused_on"), reason, deliveries)
    return order


async def take_goods_back(
    work: Work,
    identifier: str,
    parts: Sequence[Part],
    *,
    outcome: str,
    reason: str,
    on: date | None,
    today: date,
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(on, today, "/returned_on")
    order.take_back(day, parts, outcome=outcome, reason=reason)
    await note_order(work, order, day)
    return order


async def _require_credit(work: Work, order: Order) -> None:
    """What leaves us is checked again; history is not in the account."""
    if order.origin is None:
        await require_credit(
            work,
            order.customer_id,
            order.gross or order.total,
            at="shipment",
            order_id=order.id,
            contract_id=order.contract_id,
        )


def _not_to_come(on: date | None, today: date, pointer: str) -> date:
    if on is not None and on > today:
        raise ValidationFailed(
            copies.field_error(pointer, "in-future", "不能晚于今天", "is after today")
        )
    return on or today
