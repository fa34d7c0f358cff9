"""What orders have to do with money: credit is asked before, the customer's account told after.

History is in no account. An order under a contract with a payment plan is paid by that plan; any
other by its shipments.
"""

from datetime import date

from chassis.work import Work

from pipeline.credit.commands import note_order, require_credit
from pipeline.orders.model import Order


async def require_credit_for(work: Work, order: Order, *, at: str) -> None:
    """Room for the order, or still room now that it is shipped.

    Raises:
        CreditBlocked, CreditExceeded: by how much.
    """
    if order.origin is None:
        await require_credit(
            work,
            order.customer_id,
            order.gross or order.total,
            at=at,
            order_id=order.id,
            contract_id=order.plan_contract_id,
        )


async def tell_account(work: Work, order: Order, on: date) -> None:
    """What the order comes to by now, and what of it has left us."""
    if order.origin is None:
        await note_order(work, order, on)
