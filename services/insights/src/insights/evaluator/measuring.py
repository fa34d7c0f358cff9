"""What every customer bought in a window, added up over all partitions."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from chassis.mongo import Database

from insights import store
from insights.fold.cells import escaped
from insights.fold.money import amount_of
from insights.fold.revenue import ORDERS
from insights.model.ranking import Measured


class Customers(NamedTuple):
    """`owners` by customer, for the rights of what is decided about it."""

    measured: list[Measured]
    owners: dict[str, str | None]


async def measure(
    db: Database, generation: int, first: date, last: date, currency: str
) -> Customers:
    """Every registered customer's revenue and orders from `first` to `last`, both included."""
    cents, orders = await _sales(db, generation, first, last, currency)
    measured, owners = [], {}
    found = db[store.STATES].find({"kind": "customer", "generation": generation})
    async for document in found:
        if not document.get("is_registered"):
            continue
        customer = document["subject"]
        demand = document.get("demand_cents")
        is_ours = document.get("demand_currency") == currency
        owners[customer] = document.get("owner")
        measured.append(
            Measured(
                customer_id=customer,
                kind=document.get("trade", ""),
                revenue=amount_of(cents[customer]),
                orders=orders[customer],
                yearly_demand=amount_of(demand) if demand is not None and is_ours else None,
            )
        )
    return Customers(measured, owners)


async def _sales(
    db: Database, generation: int, first: date, last: date, currency: str
) -> tuple[dict[str, int], dict[str, int]]:
    """Cents and orders by customer: whole months as they are, the two at the edges by day."""
    name = escaped(currency)
    cents: dict[str, int] = defaultdict(int)
    orders: dict[str, int] = defaultdict(int)
    months = {"$gte": first.isoformat()[:7], "$lte": last.isoformat()[:7]}
    found = db[store.REVENUE].find({"_id": store.prefix(generation), "month": months})
    async for month in found:
        of = month["month"]
        if first.isoformat()[:7] < of < last.isoformat()[:7]:
            parts = [month["total"]]
        else:
            parts = [
                sums
                for day, sums in month["days"].items()
                if first.isoformat() <= f"{of}-{day}" <= last.isoformat()
            ]
        for sums in parts:
            cents[month["customer"]] += int(sums.get(name, 0))
            orders[month["customer"]] += sums.get(ORDERS, 0)
    return cents, orders
