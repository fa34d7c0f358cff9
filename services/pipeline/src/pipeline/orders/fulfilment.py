"""What can be done with an order once it is placed: ship, deliver, accept, take back.

Whatever moves is told to the customer's account; what the payments of its contract wait for, to
its payment plan: the first shipment, the arrival and the acceptance of the whole order.
"""

from collections.abc import Sequence
from datetime import date

from chassis import files
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import reach
from pipeline.contracts.calling_off import give_back
from pipeline.contracts.lifecycle import tell_contract
from pipeline.orders.model import Order, Part
from pipeline.orders.receivables import require_credit_for, tell_account
from pipeline.orders.store import ORDERS

FULFIL = "orders:fulfil"


async def ship_order(
    work: Work,
    identifier: str,
    parts: Sequence[Part],
    *,
    on: date | None,
    carrier: str | None = None,
    waybill: str | None = None,
) -> Order:
    """Raises CreditExceeded or CreditBlocked, like placing it."""
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(work, on, "/shipped_on")
    order.ship(day, parts, carrier=carrier, waybill=waybill)
    await _left_us(work, order, day)
    return order


async def reverse_shipment(
    work: Work, identifier: str, parts: Sequence[Part], reason: str
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    order.reverse_shipment(reason, parts)
    await tell_account(work, order, work.today)
    return order


async def deliver_order(
    work: Work, identifier: str, parts: Sequence[Part], *, on: date | None
) -> Order:
    """What was not shipped before leaves us now, if the customer's credit allows it."""
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(work, on, "/delivered_on")
    before = [line.shipped for line in order.line_standings]
    order.deliver(day, parts)
    if before != [line.shipped for line in order.line_standings]:
        await _left_us(work, order, day)
    if order.is_delivered:
        await tell_contract(work, order.plan_contract_id, "arrival", day)
    return order


async def accept_order(
    work: Work,
    identifier: str,
    deliveries: Sequence[int],
    *,
    on: date | None,
    file_id: str | None,
) -> Order:
    """The customer's acceptance 验收, with its protocol as a file where there is one."""
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(work, on, "/accepted_on")
    if file_id is not None:
        await files.require(work, file_id, record=order.reference)
    order.accept(day, deliveries, file_id=file_id)
    if order.accepted_on is not None:
        await tell_contract(work, order.plan_contract_id, "acceptance", day)
    return order


async def refuse_acceptance(
    work: Work, identifier: str, deliveries: Sequence[int], reason: str, *, on: date | None
) -> Order:
    order = await reach(work, ORDERS, identifier, FULFIL)
    order.refuse_acceptance(_not_to_come(work, on, "/refused_on"), reason, deliveries)
    return order


async def take_goods_back(
    work: Work,
    identifier: str,
    parts: Sequence[Part],
    *,
    outcome: str,
    reason: str,
    on: date | None,
) -> Order:
    """What is not to be delivered again may be drawn on the contract by another order."""
    order = await reach(work, ORDERS, identifier, FULFIL)
    day = _not_to_come(work, on, "/returned_on")
    freed = order.take_back(day, parts, outcome=outcome, reason=reason)
    await give_back(work, order, freed)
    await tell_account(work, order, day)
    return order


async def _left_us(work: Work, order: Order, on: date) -> None:
    await require_credit_for(work, order, at="shipment")
    await tell_account(work, order, on)
    await tell_contract(work, order.plan_contract_id, "shipment", on)


def _not_to_come(work: Work, on: date | None, pointer: str) -> date:
    if on is not None and on > work.today:
        raise ValidationFailed(
            copies.field_error(pointer, "in-future", "不能晚于今天", "is after today")
        )
    return on or work.today
