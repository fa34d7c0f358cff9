"""What can be done about credit: orders and shipments ask for it; finance sets policy and limits.

Receipts, reversals and limits are facts and never refused; an order or a shipment is, when the
account has no room for it at that moment.
"""

from datetime import date
from decimal import Decimal
from typing import Protocol

from chassis.work import Work
from contracts.values import Money

from pipeline.credit import accounts
from pipeline.credit.model import Owed, added_by
from pipeline.credit.standing import limit_of, position
from pipeline.payment_milestones.commands import bill_shipment
from pipeline.payment_milestones.model import Payable
from pipeline.payments.allocating import allocate_claimed, take_off_returned
from pipeline.rates.queries import exchanged


class Ordered(Payable, Protocol):
    """An order: with tax, without what was cancelled or returned; `unshipped` has not left us.

    `plan_contract_id` is the contract whose payment plan says when it is paid, if there is one.
    """

    total: Money
    gross: Money | None
    unshipped: Money | None
    origin: str | None

    @property
    def plan_contract_id(self) -> str | None: ...


async def require_credit(
    work: Work,
    customer_id: str,
    adding: Money,
    *,
    at: str,
    order_id: str,
    contract_id: str | None = None,
) -> None:
    """Room for an order (`at` "order"), or still room now that one is shipped ("shipment").

    An order counts from its placing, so its shipment adds nothing: it only has to fit as all else
    does by then. To be asked before the order or shipment is noted. A customer (or its group)
    without a limit may have all.

    Raises:
        CreditBlocked: payments are overdue for too long.
        CreditExceeded: by how much.
    """
    holder = await accounts.hold(work, customer_id)
    if await limit_of(work, holder) is None:
        return
    stands = await position(work, holder)
    more = Money(Decimal(0), stands.currency)
    if at == "order":
        found = await accounts.obligation(work, _obligation(order_id, contract_id))
        owed = Owed() if found is None else found.owed
        added = Money(added_by(owed, adding.amount), adding.currency)
        more = await exchanged(work, added, stands.currency, work.today)
    policy = await accounts.policy(work)
    stands.require(more.amount, blocked_after_days=policy.blocked_after_days)


async def note_order(work: Work, order: Ordered, on: date) -> None:
    """What an order comes to by now, and how much of it has left us; to be told after each change.

    Of an order without such a contract, what was shipped more is to be paid; what came back is
    taken off again. History is not in the account.
    """
    if order.origin is not None:
        return
    await accounts.hold(work, order.customer_id)
    contract_id, ordered = order.plan_contract_id, order.gross or order.total
    shipped = ordered - (order.unshipped or ordered)
    more = await accounts.note_value(
        work,
        _obligation(order.id, contract_id),
        order.id,
        customer_id=order.customer_id,
        currency=ordered.currency,
        ordered=ordered.amount,
        shipped=shipped.amount,
    )
    if contract_id is not None or more == 0:
        return
    if more > 0:
        await bill_shipment(work, order, Money(more, ordered.currency), on)
        await allocate_claimed(work, order.id)
    else:
        await take_off_returned(work, order, Money(-more, ordered.currency), on)


def _obligation(order_id: str, contract_id: str | None) -> str:
    return f"contract:{contract_id}" if contract_id else f"order:{order_id}"
