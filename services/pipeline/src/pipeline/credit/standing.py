"""Where customers and groups stand. Under the guard of the account, this is what decides."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from chassis.mongo import Database, Document
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.credit.accounts import DEEPEST, GROUP, obligation_from
from pipeline.credit.model import Owed, Position
from pipeline.credit.store import OBLIGATIONS, granted_limits
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.payments.store import PAYMENTS
from pipeline.rates.queries import exchanged

ByCurrency = dict[str, Decimal]


async def position(work: Work, holder_id: str) -> Position:
    """Of a customer, or a group's highest with all who go by its terms.

    In the limit's currency, or the company's without a limit; other currencies at today's rates.

    Raises:
        ExchangeRateUnknown: something is owed in a currency without a rate.
    """
    limit = await limit_of(work, holder_id)
    into = limit.currency if limit else work.company.currency
    members = await members_of(work.db, holder_id)
    receivable: ByCurrency = defaultdict(Decimal)
    unshipped: ByCurrency = defaultdict(Decimal)
    unallocated: ByCurrency = defaultdict(Decimal)
    for owed, currency in await _owed(work.db, members):
        receivable[currency] += owed.receivable
        unshipped[currency] += owed.unshipped
        unallocated[currency] += owed.surplus
    await _add_unallocated(work.db, members, unallocated)
    overdue, oldest = await _overdue(work.db, members, work.today)
    temporary: ByCurrency = defaultdict(Decimal)
    for one in await granted_limits(work.db, holder_id):
        if work.today <= one.expires_on:
            temporary[one.amount.currency] += one.amount.amount
    return Position(
        currency=into,
        limit=limit.amount if limit else None,
        temporary=await _in_all(work, temporary, into),
        receivable=await _in_all(work, receivable, into),
        unshipped=await _in_all(work, unshipped, into),
        unallocated=await _in_all(work, unallocated, into),
        overdue=await _in_all(work, overdue, into),
        overdue_days=(work.today - oldest).days,
    )


async def limit_of(work: Work, holder_id: str) -> Money | None:
    known = await copies.customer(work, holder_id) or {}
    limit = known.get("credit_limit")
    return Money(Decimal(limit["amount"]), limit["currency"]) if limit else None


async def members_of(db: Database, holder_id: str) -> list[str]:
    """The holder, and whoever goes by the group's terms below it."""
    found, frontier = [holder_id], [holder_id]
    for _ in range(DEEPEST):
        below = db[copies.CUSTOMERS].find(
            {"group_parent_id": {"$in": frontier}, "credit_terms": GROUP}, {"_id": 1}
        )
        frontier = [one["_id"] async for one in below if one["_id"] not in found]
        if not frontier:
            break
        found += frontier
    return found


async def _owed(db: Database, members: list[str]) -> list[tuple[Owed, str]]:
    wanted = {"customer_id": {"$in": members}, "is_open": True}
    found = [obligation_from(document) async for document in db[OBLIGATIONS].find(wanted)]
    return [(one.owed, one.currency) for one in found]


async def _add_unallocated(db: Database, members: list[str], sums: ByCurrency) -> None:
    wanted: Document = {
        "customer_id": {"$in": members},
        "status": "received",
        "unallocated.amount": {"$gt": Decimal(0)},
    }
    async for document in db[PAYMENTS.collection].find(wanted, {"unallocated": 1}):
        sums[document["unallocated"]["currency"]] += document["unallocated"]["amount"]


async def _overdue(db: Database, members: list[str], today: date) -> tuple[ByCurrency, date]:
    """And the oldest date. By the dates, not the timers: a late timer must not let more through."""
    wanted: Document = {
        "customer_id": {"$in": members},
        "status": {"$in": ["due", "overdue"]},
        "due_on": {"$lt": today.isoformat()},
    }
    late: ByCurrency = defaultdict(Decimal)
    oldest = today
    found = db[PAYMENT_MILESTONES.collection].find(wanted, {"due_on": 1, "open_amount": 1})
    async for document in found:
        late[document["open_amount"]["currency"]] += document["open_amount"]["amount"]
        oldest = min(oldest, date.fromisoformat(document["due_on"]))
    return late, oldest


async def _in_all(work: Work, sums: ByCurrency, into: str) -> Decimal:
    total = Decimal(0)
    for currency, amount in sums.items():
        if amount:
            total += (await exchanged(work, Money(amount, currency), into, work.today)).amount
    return total
