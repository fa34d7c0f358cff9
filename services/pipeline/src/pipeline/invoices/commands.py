"""What can be done with invoices: request, issue, cancel before that, reverse after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.invoices.model import (
    Buyer,
    Invoice,
    InvoiceLine,
    InvoiceRequested,
    Part,
    require_sound,
)
from pipeline.invoices.store import INVOICES, take_number
from pipeline.orders.store import ORDERS
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.whose import rights_over


@dataclass(frozen=True, kw_only=True)
class NewInvoice:
    """An invoice as it is asked for; without a buyer, the customer's last invoice says who."""

    customer_id: str
    kind: str
    lines: list[InvoiceLine]
    buyer: Buyer | None = None
    order_id: str | None = None
    payment_milestone_ids: Sequence[str] = ()


async def request_invoice(work: Work, given: NewInvoice) -> Invoice:
    """For a customer, by what of its papers it names.

    Raises:
        ValidationFailed: an unknown customer, order or milestone, or another customer's.
    """
    rights = await rights_over(work, given.customer_id, "invoices:request")
    contract_id, opportunity_id = await _named(work, given)
    buyer = given.buyer or await _known_buyer(work, given.customer_id)
    total = require_sound(given.kind, buyer, given.lines)
    invoice = Invoice(
        id=new_id(),
        key=given.customer_id,
        owner_id=rights.owner_id,
        team_id=rights.team_id,
        region=rights.region,
        collaborator_ids=rights.collaborator_ids,
        customer_id=given.customer_id,
        contract_id=contract_id,
        order_id=given.order_id,
        opportunity_id=opportunity_id,
        payment_milestone_ids=list(given.payment_milestone_ids),
        kind=given.kind,
        buyer=buyer,
        lines=given.lines,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
    )
    invoice.record(InvoiceRequested(requested_by=acting_staff(work) or None))
    return work.add(INVOICES, invoice)


async def issue_invoice(work: Work, identifier: str, number: str, on: date | None) -> Invoice:
    """Register it as issued, with its number, which is taken then. Raises Duplicate."""
    invoice = await reach(work, INVOICES, identifier, "invoices:issue")
    invoice.issue(number, _not_to_come(work, on, "/issued_on"))
    await take_number(work, number, invoice.id)
    return invoice


async def cancel_invoice(work: Work, identifier: str, reason: str) -> Invoice:
    invoice = await reach(work, INVOICES, identifier, "invoices:cancel")
    invoice.cancel(reason)
    return invoice


async def reverse_invoice(
    work: Work,
    identifier: str,
    *,
    red_number: str,
    parts: Sequence[Part],
    on: date | None,
    reason: str,
) -> Invoice:
    """红冲: a red invoice with a number of its own takes it back, in whole or in part."""
    invoice = await reach(work, INVOICES, identifier, "invoices:reverse")
    invoice.reverse(red_number, parts, _not_to_come(work, on, "/reversed_on"), reason)
    await take_number(work, red_number, invoice.id)
    return invoice


async def _named(work: Work, given: NewInvoice) -> tuple[str | None, str | None]:
    """The contract and the deal behind its order or its milestones."""
    contract_id = opportunity_id = None
    if given.order_id is not None:
        order = await reach(work, ORDERS, given.order_id, "orders:read")
        _require_theirs(order.customer_id, given.customer_id, "/order_id")
        contract_id, opportunity_id = order.contract_id, order.opportunity_id
    for place, identifier in enumerate(given.payment_milestone_ids):
        milestone = await work.find(PAYMENT_MILESTONES, identifier)
        pointer = f"/payment_milestone_ids/{place}"
        _require_theirs(milestone.customer_id if milestone else None, given.customer_id, pointer)
        if milestone is not None:
            contract_id = contract_id or milestone.contract_id
            opportunity_id = opportunity_id or milestone.opportunity_id
    return contract_id, opportunity_id


async def _known_buyer(work: Work, customer_id: str) -> Buyer:
    """As it stood on the last invoice; on the first one, the name and the tax number we know."""
    last = await work.db[INVOICES.collection].find_one(
        {"customer_id": customer_id}, sort=[("_id", -1)]
    )
    if last is not None:
        return INVOICES.aggregate(last).buyer
    known = await copies.customer(work, customer_id) or {}
    return Buyer(title=known.get("name") or customer_id, tax_number=known.get("credit_code"))


def _require_theirs(found: str | None, customer_id: str, pointer: str) -> None:
    if found != customer_id:
        raise ValidationFailed(
            copies.unknown(pointer, "该客户的单据", "such paper of the customer")
        )


def _not_to_come(work: Work, on: date | None, pointer: str) -> date:
    if on is not None and on > work.today:
        raise ValidationFailed(
            copies.field_error(pointer, "in-future", "不能晚于今天", "is after today")
        )
    return on or work.today
