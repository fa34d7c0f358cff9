"""Where the movements of accounts lie: one document each, written beside its cause, never changed.

An amount above zero is owed to us; one below takes off what is owed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.ids import new_id
from chassis.mongo import Database, Document
from chassis.work import Work
from contracts.values import Money
from pymongo import ASCENDING, IndexModel

MOVEMENTS = "account_movements"
INDEXES = {
    MOVEMENTS: [
        IndexModel([("customer_id", ASCENDING), ("on", ASCENDING), ("_id", ASCENDING)], name="day")
    ]
}


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One line of an account: what it was, about which record, on which day."""

    id: str
    kind: str
    about: str
    on: date
    amount: Money
    note: str | None = None


def enter(
    work: Work,
    customer_id: str,
    kind: str,
    amount: Money,
    *,
    about: str,
    on: date,
    note: str | None = None,
) -> None:
    """Let a movement stand in the customer's account, in the unit of work that causes it."""
    work.put(
        MOVEMENTS,
        {
            "_id": new_id(),
            "customer_id": customer_id,
            "kind": kind,
            "about": about,
            "on": on.isoformat(),
            "amount": amount.amount,
            "currency": amount.currency,
            "note": note,
            "entered_at": work.now,
        },
    )


async def balances_before(db: Database, customer_id: str, day: date) -> dict[str, Decimal]:
    """Currency → what was owed when the day began."""
    before = {"customer_id": customer_id, "on": {"$lt": day.isoformat()}}
    stages: list[dict[str, Any]] = [
        {"$match": before},
        {"$group": {"_id": "$currency", "sum": {"$sum": "$amount"}}},
    ]
    found = await db[MOVEMENTS].aggregate(stages)
    return {row["_id"]: row["sum"] async for row in found}


async def movements_within(
    db: Database, customer_id: str, first: date, last: date
) -> list[Movement]:
    """From the first day to the last, both included, in the order they happened."""
    wanted = {
        "customer_id": customer_id,
        "on": {"$gte": first.isoformat(), "$lte": last.isoformat()},
    }
    found = db[MOVEMENTS].find(wanted).sort([("on", ASCENDING), ("_id", ASCENDING)])
    return [_movement(document) async for document in found]


def _movement(document: Document) -> Movement:
    return Movement(
        id=document["_id"],
        kind=document["kind"],
        about=document["about"],
        on=date.fromisoformat(document["on"]),
        amount=Money(document["amount"], document["currency"]),
        note=document["note"],
    )
