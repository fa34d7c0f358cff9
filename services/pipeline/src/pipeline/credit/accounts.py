"""A customer's account: whose limit counts, one decider at a time, and what each paper comes to.

Whatever changes an account holds its guard, so that a decision sees all of it as of one moment.
"""

from dataclasses import replace
from decimal import Decimal

import msgspec
from chassis.mongo import Document
from chassis.work import Work

from pipeline import copies
from pipeline.credit.model import COMPANY, CreditPolicy, Obligation, Owed, default_policy
from pipeline.credit.store import CREDIT_ORDERS, OBLIGATIONS, POLICIES

GROUP = "group"
DEEPEST = 20


async def holder_of(work: Work, customer_id: str) -> str:
    """Whose limit counts: the customer, or what stands highest in a group that shares its credit.

    A customer goes by its group's terms if its record says so.
    """
    holder = customer_id
    for _ in range(DEEPEST):
        known = await copies.customer(work, holder) or {}
        parent = known.get("group_parent_id")
        if known.get("credit_terms") != GROUP or not parent:
            break
        holder = parent
    return holder


async def hold(work: Work, customer_id: str) -> str:
    """Take the guard of the account; the holder's id."""
    holder = await holder_of(work, customer_id)
    await work.guard(f"credit:{holder}")
    return holder


async def policy(work: Work) -> CreditPolicy:
    return await work.find(POLICIES, COMPANY) or default_policy()


async def obligation(work: Work, identifier: str) -> Obligation | None:
    """As this unit of work has left it so far."""
    document = await work.document(OBLIGATIONS, identifier)
    return None if document is None else obligation_from(document)


async def open_obligation(
    work: Work, identifier: str, *, customer_id: str, currency: str
) -> Obligation:
    known = await obligation(work, identifier)
    return known or Obligation(id=identifier, customer_id=customer_id, currency=currency)


def keep(work: Work, changed: Obligation) -> None:
    document: Document = msgspec.to_builtins(changed, builtin_types=(Decimal,))
    document["_id"] = document.pop("id")
    work.put(OBLIGATIONS, document | {"is_open": changed.is_open})


def obligation_from(document: Document) -> Obligation:
    return msgspec.convert(document | {"id": document["_id"]}, Obligation, builtin_types=(Decimal,))


async def note_value(
    work: Work,
    identifier: str,
    order_id: str,
    *,
    customer_id: str,
    currency: str,
    ordered: Decimal,
    shipped: Decimal,
) -> Decimal:
    """What an order is worth by now, and how much of it was shipped; what that adds to shipped."""
    before = await work.document(CREDIT_ORDERS, order_id) or {}
    more_ordered = ordered - before.get("ordered", Decimal(0))
    more_shipped: Decimal = shipped - before.get("shipped", Decimal(0))
    if more_ordered == 0 and more_shipped == 0 and before:
        return more_shipped
    found = await open_obligation(work, identifier, customer_id=customer_id, currency=currency)
    found.owed = replace(
        found.owed,
        ordered=found.owed.ordered + more_ordered,
        shipped=found.owed.shipped + more_shipped,
    )
    keep(work, found)
    work.put(
        CREDIT_ORDERS,
        {"_id": order_id, "obligation": identifier, "ordered": ordered, "shipped": shipped},
    )
    return more_shipped


async def note_payments(
    work: Work, identifier: str, *, triggered: Decimal = Decimal(0), settled: Decimal = Decimal(0)
) -> None:
    """So much more fell due, so much more was settled (below zero: less)."""
    found = await obligation(work, identifier)
    if found is None:
        raise RuntimeError(f"{identifier} has payments but no account")
    owed = found.owed
    found.owed = Owed(
        ordered=owed.ordered,
        shipped=owed.shipped,
        triggered=owed.triggered + triggered,
        settled=owed.settled + settled,
    )
    keep(work, found)
