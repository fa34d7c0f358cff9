"""What is open, by age 账龄: sums of what the caller may see."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chassis.mongo import Database, Document

from pipeline.payment_milestones.model import BUCKETS, NOT_DUE, OLDEST
from pipeline.payment_milestones.store import PAYMENT_MILESTONES

NAMES = [NOT_DUE, *(name for _, name in BUCKETS), OLDEST]


@dataclass
class Ageing:
    """What one customer, or one owner's customers, have open, by age, in one currency."""

    key: str | None
    currency: str
    total: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    ages: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(NAMES, Decimal(0)))


async def ageing(
    db: Database, visible: Document, group_by: str, today: date, wanted: Document
) -> list[Ageing]:
    """Of what fell due and is open: one row per key and currency, the largest overdue first."""
    triggered = {"status": {"$in": ["due", "overdue"]}}
    stages: list[dict[str, Any]] = [
        {"$match": {"$and": [visible, wanted, triggered]}},
        {
            "$group": {
                "_id": {
                    "key": f"${group_by}",
                    "currency": "$open_amount.currency",
                    "age": _age(today),
                },
                "sum": {"$sum": "$open_amount.amount"},
            }
        },
    ]
    rows: dict[tuple[str | None, str], Ageing] = {}
    async for found in await db[PAYMENT_MILESTONES.collection].aggregate(stages):
        cell, amount = found["_id"], found["sum"]
        # A field that a record lacks is left out of the group's key.
        key, currency = cell.get("key"), cell["currency"]
        row = rows.setdefault((key, currency), Ageing(key=key, currency=currency))
        row.ages[cell["age"]] += amount
        row.total += amount
        if cell["age"] != NOT_DUE:
            row.overdue += amount
    return sorted(rows.values(), key=lambda row: (-row.overdue, -row.total, row.key or ""))


def _age(today: date) -> dict[str, Any]:
    """The bucket of a date, as `bucket_of` has it; dates are kept as text and compare as such."""
    branches = [{"case": {"$gte": ["$due_on", today.isoformat()]}, "then": NOT_DUE}]
    for most, name in BUCKETS:
        first = (today - timedelta(days=most)).isoformat()
        branches.append({"case": {"$gte": ["$due_on", first]}, "then": name})
    return {"$switch": {"branches": branches, "default": OLDEST}}
