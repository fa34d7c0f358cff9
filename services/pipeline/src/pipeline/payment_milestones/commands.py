"""What happens to payment milestones. Each command keeps the customer's account beside them.

Contracts tell the plan and its triggers, orders without a contract their shipments; payments,
deductions and returns settle what is open, and open it again when they are undone.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import reach
from pipeline.credit import accounts
from pipeline.moments import beginning_of
from pipeline.payment_milestones.model import (
    DUE,
    Payable,
    PaymentMilestone,
    PlannedPayment,
    plan_payment,
)
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.statements.store import enter

OVERDUE_TIMER = "payment_milestone.overdue"
DATE_TIMER = "payment_milestone.date"


async def plan_milestones(
    work: Work, contract: Payable, planned: Sequence[PlannedPayment]
) -> list[PaymentMilestone]:
    """The payments that a contract, or a supplement to it, sets out, after those it has already.

    One with the trigger `date` falls due on that day by itself, at once if it has come.
    """
    await accounts.hold(work, contract.customer_id)
    currencies = {one.amount.currency for one in planned}
    if len(currencies) > 1:
        raise ValidationFailed(
            copies.field_error("/milestones", "mixed-currencies", "币种不一致", "mixed currencies")
        )
    if not planned:
        return []
    return [await _plan(work, contract, one, contract_id=contract.id) for one in planned]


async def trigger(work: Work, contract_id: str, happened: str, on: date) -> list[PaymentMilestone]:
    """A fact that payments of a contract wait for: they fall due. Those that have, stay."""
    triggered = []
    for milestone in await milestones_of(work, f"contract:{contract_id}"):
        if milestone.trigger == happened and milestone.triggered_on is None:
            await fall_due(work, milestone, on)
            triggered.append(milestone)
    return triggered


async def trigger_milestone(work: Work, identifier: str, on: date | None) -> PaymentMilestone:
    """Somebody tells that the trigger of one milestone is a fact that no other record tells."""
    milestone = await reach(work, PAYMENT_MILESTONES, identifier, "payment-milestones:trigger")
    day = on or work.today
    if day > work.today:
        raise ValidationFailed(
            copies.field_error("/on", "in-future", "不能晚于今天", "is after today")
        )
    await fall_due(work, milestone, day)
    return milestone


async def cancel_milestones(work: Work, contract_id: str, reason: str) -> list[PaymentMilestone]:
    """The contract ended: what has not fallen due and was not paid is not asked for any more."""
    cancelled = []
    for milestone in await milestones_of(work, f"contract:{contract_id}"):
        if milestone.status == "planned" and not milestone.settlements:
            await cancel(work, milestone, reason)
            cancelled.append(milestone)
    return cancelled


async def bill_shipment(
    work: Work, order: Payable, amount: Money, on: date
) -> PaymentMilestone | None:
    """What was shipped of an order without a contract is to be paid within the customer's days."""
    if amount.amount <= 0:
        return None
    known = await copies.customer(work, order.customer_id) or {}
    planned = PlannedPayment(
        name="shipment", amount=amount, trigger="shipment", days=known.get("credit_days") or 0
    )
    milestone = await _plan(work, order, planned, order_id=order.id)
    await fall_due(work, milestone, on)
    return milestone


# What the others do to a milestone


async def milestones_of(work: Work, obligation: str) -> list[PaymentMilestone]:
    """All of a contract or an order, as this unit of work has them, in their order."""
    known = await accounts.obligation(work, obligation)
    identifiers = [] if known is None else known.milestones
    found = await work.find_many(PAYMENT_MILESTONES, identifiers)
    return [found[one] for one in identifiers if one in found]


async def fall_due(work: Work, milestone: PaymentMilestone, on: date) -> None:
    await accounts.hold(work, milestone.customer_id)
    if milestone.triggered_on is not None or milestone.status == "cancelled":
        return
    milestone.fall_due(on)
    cancel_timer(work, DATE_TIMER, milestone.id)
    _watch(work, milestone)
    enter(
        work, milestone.customer_id, "receivable", milestone.amount,
        about=milestone.reference, on=on, note=milestone.name,
    )  # fmt: skip
    await accounts.note_payments(work, milestone.obligation, triggered=milestone.amount.amount)


async def settle(
    work: Work, milestone: PaymentMilestone, source: str, amount: Money, on: date
) -> None:
    await accounts.hold(work, milestone.customer_id)
    milestone.settle(source, amount, on)
    if milestone.open_amount.amount == 0:
        cancel_timer(work, OVERDUE_TIMER, milestone.id)
    await accounts.note_payments(work, milestone.obligation, settled=amount.amount)


async def unsettle(
    work: Work, milestone: PaymentMilestone, source: str, amount: Money, reason: str
) -> None:
    """It is open again; past its date it is overdue at once."""
    await accounts.hold(work, milestone.customer_id)
    milestone.unsettle(source, amount, reason)
    _watch(work, milestone)
    await accounts.note_payments(work, milestone.obligation, settled=-amount.amount)


async def cancel(work: Work, milestone: PaymentMilestone, reason: str) -> None:
    await accounts.hold(work, milestone.customer_id)
    was_triggered = milestone.is_triggered
    milestone.cancel(reason)
    cancel_timer(work, DATE_TIMER, milestone.id)
    cancel_timer(work, OVERDUE_TIMER, milestone.id)
    if was_triggered:
        enter(
            work, milestone.customer_id, "cancelled", -milestone.amount,
            about=milestone.reference, on=work.today, note=reason,
        )  # fmt: skip
        await accounts.note_payments(work, milestone.obligation, triggered=-milestone.amount.amount)


# Timers


async def on_overdue(work: Work, timer: Timer) -> None:
    """The day after its date. Woken too early, by a clock elsewhere, it waits on."""
    milestone = await work.find(PAYMENT_MILESTONES, timer.subject)
    if milestone is None:
        return
    milestone.lapse(work.today)
    if milestone.status == DUE:
        _watch(work, milestone)


async def on_date(work: Work, timer: Timer) -> None:
    milestone = await work.find(PAYMENT_MILESTONES, timer.subject)
    if milestone is not None and milestone.fixed_on is not None:
        await fall_due(work, milestone, milestone.fixed_on)


def _watch(work: Work, milestone: PaymentMilestone) -> None:
    """Overdue at once if its day has passed, else when it will have."""
    milestone.lapse(work.today)
    if milestone.status == DUE and milestone.due_on is not None:
        day_after = milestone.due_on + timedelta(days=1)
        set_timer(work, OVERDUE_TIMER, milestone.id, beginning_of(day_after, work.company.timezone))


async def _plan(
    work: Work,
    payable: Payable,
    planned: PlannedPayment,
    *,
    contract_id: str | None = None,
    order_id: str | None = None,
) -> PaymentMilestone:
    await accounts.hold(work, payable.customer_id)
    obligation = f"contract:{contract_id}" if contract_id else f"order:{order_id}"
    found = await accounts.open_obligation(
        work, obligation, customer_id=payable.customer_id, currency=planned.amount.currency
    )
    if found.currency != planned.amount.currency:
        raise ValidationFailed(
            copies.field_error(
                "/currency", "other-currency", "与此前币种不同", "is not that of the plan so far"
            )
        )
    number = len(found.milestones) + 1
    milestone = work.add(
        PAYMENT_MILESTONES,
        plan_payment(
            payable,
            planned,
            identifier=new_id(),
            number=number,
            contract_id=contract_id,
            order_id=order_id,
        ),
    )
    found.milestones.append(milestone.id)
    accounts.keep(work, found)
    if planned.on is not None:
        if planned.on <= work.today:
            await fall_due(work, milestone, planned.on)
        else:
            due_at = beginning_of(planned.on, work.company.timezone)
            set_timer(work, DATE_TIMER, milestone.id, due_at)
    return milestone
