"""What can be done with payments. A deal's payment is evidence of the money in advance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.credit import accounts
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.moments import beginning_of
from pipeline.payments import allocating
from pipeline.payments.allocating import Choice
from pipeline.payments.model import (
    BILLS,
    DISHONOURED,
    MISTAKE,
    PENDING,
    RECEIVED,
    Payment,
    receive_payment,
)
from pipeline.payments.references import Behind, found_behind
from pipeline.payments.store import PAYMENTS
from pipeline.statements.store import enter

MATURITY_TIMER = "payment.maturity"


@dataclass(frozen=True, kw_only=True)
class NewPayment:
    """A payment as it is given: for an order, a contract, a deal, or a customer."""

    amount: Money
    method: str
    customer_id: str | None = None
    order_id: str | None = None
    contract_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    external_id: str | None = None
    received_on: date | None = None
    bill_number: str | None = None
    matures_on: date | None = None
    allocations: Sequence[Choice] | None = None
    is_history: bool = False
    received_at: datetime | None = None


async def receive_new_payment(work: Work, given: NewPayment, *, today: date) -> Payment:
    """Of its order, contract or deal it takes customer, deal and owner.

    One that is claimed is allocated at once, as chosen or the oldest first; a prepayment only as
    chosen. A bill that is no money yet by the policy waits for its maturity.

    Raises:
        Duplicate: its external id is taken.
        ValidationFailed: an unknown customer, order, contract or deal, or another customer's.
    """
    if given.is_history:
        await work.scope("imports:history")
    received_on = given.received_on or today
    if received_on > today:
        raise ValidationFailed(
            copies.field_error("/received_on", "in-future", "不能晚于今天", "is after today")
        )
    behind, errors = await found_behind(work, _named(given))
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
        contract_id=behind.contract_id,
        opportunity_id=behind.opportunity_id,
        external_id=given.external_id,
        bill_number=given.bill_number,
        matures_on=given.matures_on,
        is_money=given.is_history or await _is_money(work, given, today),
        origin="import" if given.is_history else None,
        at=given.received_at,
    )
    work.add(PAYMENTS, payment)
    if given.is_history:
        await note_fact(work, _evidence(work, payment))
    elif payment.status == RECEIVED:
        await _count(work, payment, given.allocations)
    elif payment.matures_on is not None:
        matures_at = beginning_of(payment.matures_on, work.company.timezone)
        set_timer(work, MATURITY_TIMER, payment.id, matures_at)
    return payment


async def claim_payment(
    work: Work, identifier: str, *, contract_id: str | None, order_id: str | None
) -> Payment:
    """回款认领: it is for this contract or order, and allocated to it; for neither, it is free."""
    payment = await reach(work, PAYMENTS, identifier, "payments:claim")
    await accounts.hold(work, payment.customer_id)
    asked = Behind(
        customer_id=payment.customer_id,
        contract_id=contract_id,
        order_id=order_id,
        opportunity_id=None if contract_id or order_id else payment.opportunity_id,
    )
    behind, errors = await found_behind(work, asked)
    if errors:
        raise ValidationFailed(errors)
    if payment.status == RECEIVED:
        await allocating.release_all(work, payment, "claimed anew")
    payment.claim(
        contract_id=behind.contract_id, order_id=order_id, opportunity_id=behind.opportunity_id
    )
    if payment.status == RECEIVED:
        await note_fact(work, _evidence(work, payment))
        if contract_id or order_id:
            await allocating.allocate_oldest_first(work, payment)
    return payment


async def allocate_payment(
    work: Work, identifier: str, choices: Sequence[Choice] | None
) -> Payment:
    """What is left of it: as chosen, or the oldest first."""
    payment = await reach(work, PAYMENTS, identifier, "payments:allocate")
    await accounts.hold(work, payment.customer_id)
    if choices is None:
        await allocating.allocate_oldest_first(work, payment)
    else:
        await allocating.allocate_chosen(work, payment, choices)
    return payment


async def release_payment(
    work: Work, identifier: str, milestone_id: str | None, reason: str
) -> Payment:
    """Undo its allocation to one milestone, or to all."""
    payment = await reach(work, PAYMENTS, identifier, "payments:allocate")
    await accounts.hold(work, payment.customer_id)
    if milestone_id is None:
        await allocating.release_all(work, payment, reason)
    else:
        await allocating.release(work, payment, milestone_id, reason)
    return payment


async def refund_payment(
    work: Work, identifier: str, amount: Money | None, on: date | None, reason: str
) -> Payment:
    """退款: what is left of it, or a part, goes back to the customer."""
    payment = await reach(work, PAYMENTS, identifier, "payments:refund")
    await accounts.hold(work, payment.customer_id)
    day = _not_after(work, on, "/refunded_on")
    money = amount or payment.left
    if money.currency != payment.amount.currency:
        raise ValidationFailed(
            copies.field_error(
                "/amount/currency", "other-currency", "与回款币种不同", "is not the payment's"
            )
        )
    payment.refund(money, day, reason)
    enter(work, payment.customer_id, "refund", money, about=payment.reference, on=day, note=reason)
    return payment


async def reverse_payment(
    work: Work, identifier: str, reason: str, *, is_dishonoured: bool = False
) -> Payment:
    """It never was, or its bill was dishonoured 拒付: all that it had settled is open again."""
    action = "payments:dishonour" if is_dishonoured else "payments:reverse"
    payment = await reach(work, PAYMENTS, identifier, action)
    await accounts.hold(work, payment.customer_id)
    was_money = payment.status == RECEIVED
    if was_money and not payment.refunds:
        await allocating.release_all(work, payment, reason)
    payment.reverse(DISHONOURED if is_dishonoured else MISTAKE, reason, work.today)
    cancel_timer(work, MATURITY_TIMER, payment.id)
    if was_money:
        enter(
            work, payment.customer_id, "reversal", payment.amount,
            about=payment.reference, on=work.today, note=reason,
        )  # fmt: skip
    await withdraw_fact(work, _evidence_id(payment), payment.position, "the payment was reversed")
    return payment


async def on_maturity(work: Work, timer: Timer) -> None:
    """Its bill is money now, and pays what it was claimed for."""
    payment = await work.find(PAYMENTS, timer.subject)
    if payment is None or payment.status != PENDING:
        return
    payment.mature(payment.matures_on or work.today)
    await _count(work, payment, None)


async def _count(work: Work, payment: Payment, choices: Sequence[Choice] | None) -> None:
    """From now on it is money: in the account, as evidence, and for what is to be paid."""
    await accounts.hold(work, payment.customer_id)
    enter(
        work, payment.customer_id, "receipt", -payment.amount,
        about=payment.reference, on=payment.counts_on or work.today, note=payment.method,
    )  # fmt: skip
    await note_fact(work, _evidence(work, payment))
    if choices is not None:
        await allocating.allocate_chosen(work, payment, choices)
    elif allocating.obligation_of(payment) is not None:
        await allocating.allocate_oldest_first(work, payment)


async def _is_money(work: Work, given: NewPayment, today: date) -> bool:
    if given.method not in BILLS or given.matures_on is None or given.matures_on <= today:
        return True
    policy = await accounts.policy(work)
    return policy.is_money_at_once(given.method)


def _named(given: NewPayment) -> Behind:
    return Behind(
        customer_id=given.customer_id,
        order_id=given.order_id,
        contract_id=given.contract_id,
        opportunity_id=given.opportunity_id,
        owner_id=given.owner_id,
    )


def _evidence_id(payment: Payment) -> str:
    return f"advance_payment_received:{payment.id}"


def _evidence(work: Work, payment: Payment) -> Evidence:
    return Evidence(
        id=_evidence_id(payment),
        kind="advance_payment_received",
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


def _not_after(work: Work, on: date | None, pointer: str) -> date:
    if on is not None and on > work.today:
        raise ValidationFailed(
            copies.field_error(pointer, "in-future", "不能晚于今天", "is after today")
        )
    return on or work.today
