"""What can be done with payments. A deal's payment is evidence of the money in advance."""

from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.evidence.commands import note_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.store import ORDERS
from pipeline.payments.model import Payment, receive_payment
from pipeline.payments.store import PAYMENTS


@dataclass(frozen=True, kw_only=True)
class NewPayment:
    """A payment as it is given: for an order, a deal, or a customer."""

    amount: Money
    method: str
    customer_id: str | None = None
    order_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    external_id: str | None = None
    received_on: date | None = None
    is_history: bool = False
    received_at: datetime | None = None


@dataclass
class _Behind:
    """What stands behind a payment, as far as it says."""

    customer_id: str | None
    opportunity_id: str | None
    owner_id: str | None
    shared_with: list[str] = field(default_factory=list)


async def receive_new_payment(work: Work, given: NewPayment, *, today: date) -> Payment:
    """Of its order or deal it takes customer, deal and owner.

    Raises:
        Duplicate: its external id is taken.
        ValidationFailed: an unknown customer, order or deal, or another customer's.
    """
    if given.is_history:
        await work.scope("imports:history")
    received_on = given.received_on or today
    if received_on > today:
        raise ValidationFailed(
            copies.field_error("/received_on", "in-future", "不能晚于今天", "is after today")
        )
    behind, errors = await _behind(work, given)
    known = behind.customer_id and await copies.customer(work, behind.customer_id)
    if not known:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if errors or behind.customer_id is None:
        raise ValidationFailed(errors)
    holder = await holder_for(work, behind.owner_id or acting_staff(work), "payments:write")
    payment = receive_payment(
        identifier=await _new_identifier(work, given.external_id),
        customer_id=behind.customer_id,
        amount=given.amount,
        method=given.method,
        received_on=received_on,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=behind.shared_with,
        order_id=given.order_id,
        opportunity_id=behind.opportunity_id,
        external_id=given.external_id,
        origin="import" if given.is_history else None,
        at=given.received_at,
    )
    work.add(PAYMENTS, payment)
    await note_fact(work, _evidence(work, payment))
    return payment


async def _behind(work: Work, given: NewPayment) -> tuple[_Behind, list[FieldError]]:
    found = _Behind(given.customer_id, given.opportunity_id, given.owner_id)
    errors = []
    if given.order_id is not None:
        order = await reach(work, ORDERS, given.order_id, "orders:read")
        found.customer_id = found.customer_id or order.customer_id
        found.opportunity_id = found.opportunity_id or order.opportunity_id
        found.owner_id = found.owner_id or order.owner_id
        if found.customer_id != order.customer_id:
            errors.append(_other_customer("/order_id"))
        if found.opportunity_id != order.opportunity_id:
            errors.append(
                copies.field_error(
                    "/opportunity_id",
                    "other-deal",
                    "与订单的商机不一致",
                    "is not that of the order",
                )
            )
    if found.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, found.opportunity_id, "opportunities:read")
        found.customer_id = found.customer_id or deal.customer_id
        found.owner_id = found.owner_id or deal.owner_id
        found.shared_with = list(deal.collaborator_ids)
        if found.customer_id != deal.customer_id:
            errors.append(_other_customer("/opportunity_id"))
    return found, errors


def _evidence(work: Work, payment: Payment) -> Evidence:
    kind = "advance_payment_received"
    return Evidence(
        id=f"{kind}:{payment.id}",
        kind=kind,
        event_id=payment.position,
        at=work.now,
        customer_id=payment.customer_id,
        opportunity_ids=[payment.opportunity_id] if payment.opportunity_id else [],
    )


async def _new_identifier(work: Work, external_id: str | None) -> str:
    if external_id is None:
        return new_id()
    identifier = stable_id("payment", "api", external_id)
    if await work.find(PAYMENTS, identifier) is not None:
        raise Duplicate(
            {CHINESE: f"外部编号 {external_id} 已存在", ENGLISH: f"{external_id} is taken already"}
        )
    return identifier


def _other_customer(pointer: str) -> FieldError:
    return copies.field_error(pointer, "other-customer", "属于另一客户", "is another customer's")
