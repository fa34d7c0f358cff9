"""Where statements lie, and the movements of accounts: one document each, never changed.

A movement is written in the unit of work of its cause.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chassis.ids import new_id
from chassis.mongo import Database, Document
from chassis.store import Stored
from chassis.work import Work
from contracts.values import Money
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.statements.model import Movement, Statement

MOVEMENTS = "account_movements"
INDEXES = {
    MOVEMENTS: [
        IndexModel([("customer_id", ASCENDING), ("on", ASCENDING), ("_id", ASCENDING)], name="day")
    ]
}


STATEMENTS = Stored(
    Statement,
    "statements",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)


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


async def balances_before(
    db: Database, customer_id: str, day: date, *, until: datetime | None = None
) -> dict[str, Decimal]:
    """Currency → what was owed when the day began, by what was entered `until` then."""
    before = {"customer_id": customer_id, "on": {"$lt": day.isoformat()}} | _entered(until)
    stages: list[dict[str, Any]] = [
        {"$match": before},
        {"$group": {"_id": "$currency", "sum": {"$sum": "$amount"}}},
    ]
    found = await db[MOVEMENTS].aggregate(stages)
    return {row["_id"]: row["sum"] async for row in found}


async def movements_within(
    db: Database, customer_id: str, first: date, last: date, *, until: datetime | None = None
) -> list[Movement]:
    """From the first day to the last, both included, in the order they happened."""
    wanted = {
        "customer_id": customer_id,
        "on": {"$gte": first.isoformat(), "$lte": last.isoformat()},
    } | _entered(until)
    found = db[MOVEMENTS].find(wanted).sort([("on", ASCENDING), ("_id", ASCENDING)])
    return [_movement(document) async for document in found]


def _entered(until: datetime | None) -> Document:
    return {} if until is None else {"entered_at": {"$lte": until}}


def _movement(document: Document) -> Movement:
    return Movement(
        id=document["_id"],
        kind=document["kind"],
        about=document["about"],
        on=date.fromisoformat(document["on"]),
        amount=Money(document["amount"], document["currency"]),
        note=document["note"],
    )
