"""Money meets what is to be paid: the oldest first or as somebody chose, and all of it undone.

Payment, milestone and account change together, in one unit of work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.problems import ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.payment_milestones import commands as milestones
from pipeline.payment_milestones.model import Payable, PaymentMilestone
from pipeline.payment_milestones.store import OPEN, PAYMENT_MILESTONES, milestones_where
from pipeline.payments.model import Payment, milestones_in
from pipeline.payments.store import PAYMENTS, free_payments
from pipeline.rates.queries import converted, exchanged
from pipeline.statements.store import enter


@dataclass(frozen=True, kw_only=True)
class Choice:
    """So much of a payment (None: as much as is open) for one milestone."""

    payment_milestone_id: str
    amount: Decimal | None = None


def obligation_of(payment: Payment) -> str | None:
    """The contract or order that claimed it, as accounts name it."""
    if payment.contract_id is not None:
        return f"contract:{payment.contract_id}"
    return f"order:{payment.order_id}" if payment.order_id is not None else None


async def allocate_oldest_first(work: Work, payment: Payment) -> None:
    """To what its contract or order leaves open; a prepayment to all that the customer is due.

    What fell due first is paid first; what has no date yet comes last, and only if claimed.
    """
    obligation = obligation_of(payment)
    if obligation is not None:
        found = await milestones.milestones_of(work, obligation)
    else:
        wanted = {"customer_id": payment.customer_id, "status": {"$in": ["due", "overdue"]}}
        found = await milestones_where(work, wanted)
    is_open = [one for one in found if one.status in OPEN and one.open_amount.amount > 0]
    for milestone in sorted(is_open, key=_by_age):
        if not payment.is_free:
            break
        await _allocate(work, payment, milestone, None)


async def allocate_chosen(work: Work, payment: Payment, choices: Sequence[Choice]) -> None:
    """As chosen: each one has to be open, of the same customer, and to have room for it.

    Raises:
        PaymentSpent: more than is left of the payment.
        MilestoneOverpaid: more than a milestone leaves open.
        ValidationFailed: an unknown milestone, or another customer's.
    """
    for place, choice in enumerate(choices):
        milestone = await work.find(PAYMENT_MILESTONES, choice.payment_milestone_id)
        if milestone is None or milestone.customer_id != payment.customer_id:
            pointer = f"/allocations/{place}/payment_milestone_id"
            raise ValidationFailed(
                copies.unknown(pointer, "该客户的回款节点", "payment milestone of the customer")
            )
        amount = None
        if choice.amount is not None:
            amount = Money(choice.amount, payment.amount.currency)
        await _allocate(work, payment, milestone, amount)


async def allocate_claimed(work: Work, order_id: str) -> None:
    """What was paid in advance for an order pays what has just fallen due of it."""
    for payment in await free_payments(work, {"order_id": order_id}):
        await allocate_oldest_first(work, payment)


async def release(
    work: Work, payment: Payment, milestone_id: str, reason: str, settled: Decimal | None = None
) -> Decimal:
    """Undo an allocation (or `settled` of it): the milestone is open again, the money free."""
    milestone = await work.load(PAYMENT_MILESTONES, milestone_id)
    before = payment.left
    undone = payment.release(milestone_id, reason, settled)
    if undone:
        money = Money(undone, milestone.amount.currency)
        await milestones.unsettle(work, milestone, payment.source, money, reason)
        if payment.amount.currency != milestone.amount.currency:
            freed = payment.left - before
            _enter_exchange(work, payment, milestone, -freed, -money, work.today)
    return undone


async def release_all(work: Work, payment: Payment, reason: str) -> None:
    for milestone_id in milestones_in(payment.allocations):
        await release(work, payment, milestone_id, reason)


async def take_off_returned(work: Work, order: Payable, amount: Money, on: date) -> None:
    """Goods of an order without a contract came back: so much less is to be paid for it.

    The newest shipments go first; what was paid for them already is free again.
    """
    source, left = f"return:{order.id}", amount.amount
    enter(
        work, order.customer_id, "return", -amount, about=f"order:{order.id}", on=on
    )  # fmt: skip
    for milestone in reversed(await milestones.milestones_of(work, f"order:{order.id}")):
        taken_back = [one for one in milestone.settlements if one.source == source]
        returnable = milestone.amount.amount - sum(
            (one.amount.amount for one in taken_back), Decimal(0)
        )
        wanted = min(left, returnable)
        await _make_room(work, milestone, wanted)
        wanted = min(wanted, milestone.open_amount.amount)
        if wanted > 0:
            money = Money(wanted, amount.currency)
            await milestones.settle(work, milestone, source, money, on)
            left -= wanted


async def _make_room(work: Work, milestone: PaymentMilestone, wanted: Decimal) -> None:
    """Take money away from a milestone, the newest first, until as much is open."""
    for one in reversed(list(milestone.settlements)):
        missing = wanted - milestone.open_amount.amount
        kind, _, identifier = one.source.partition(":")
        if missing > 0 and kind == "payment":
            payment = await work.load(PAYMENTS, identifier)
            await release(work, payment, milestone.id, "the goods were returned", missing)


async def _allocate(
    work: Work, payment: Payment, milestone: PaymentMilestone, amount: Money | None
) -> None:
    """`amount` of the payment, or as much as fits, at the rate of the day it was received."""
    currency, on = milestone.amount.currency, payment.counts_on or payment.received_on
    if amount is None:
        needed = await exchanged(work, milestone.open_amount, payment.amount.currency, on)
        amount = min(payment.left, needed, key=lambda one: one.amount)
    worth = await exchanged(work, amount, currency, on)
    if currency != payment.amount.currency and worth.amount > milestone.open_amount.amount:
        # Exchanged there and back, a cent may be too much: what is open is all that is settled.
        needed = await exchanged(work, milestone.open_amount, payment.amount.currency, on)
        if amount.amount <= needed.amount:
            worth = milestone.open_amount
    if not amount.amount or not worth.amount:
        return
    difference = await _difference(work, payment, milestone, amount, worth, on)
    payment.allocate(milestone.id, amount, worth, on, exchange_difference=difference)
    await milestones.settle(work, milestone, payment.source, worth, on)
    if currency != payment.amount.currency:
        _enter_exchange(work, payment, milestone, amount, worth, on)


async def _difference(
    work: Work,
    payment: Payment,
    milestone: PaymentMilestone,
    amount: Money,
    settled: Money,
    on: date,
) -> Money | None:
    """汇兑损益: the money's worth, less that of the debt on the day it fell due."""
    if payment.amount.currency == milestone.amount.currency:
        return None
    booked = await converted(work, settled, milestone.triggered_on or on)
    return await converted(work, amount, on) - booked


def _enter_exchange(
    work: Work,
    payment: Payment,
    milestone: PaymentMilestone,
    amount: Money,
    settled: Money,
    on: date,
) -> None:
    """In the account the money leaves its own currency and takes off in the other."""
    about = payment.reference
    enter(work, payment.customer_id, "exchange", amount, about=about, on=on)
    enter(work, payment.customer_id, "exchange", -settled, about=about, on=on, note=milestone.name)


def _by_age(milestone: PaymentMilestone) -> tuple[date, str, int]:
    return (milestone.due_on or date.max, milestone.obligation, milestone.number)
