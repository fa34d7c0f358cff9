"""Reading customer records."""

import re
from typing import Any

from chassis import organisation
from chassis.lists import Asked, lists_of
from chassis.mongo import Database
from chassis.names import same_name
from chassis.pages import Page, page
from chassis.scopes import Scope
from chassis.work import Work

from customers.records.model import Customer
from customers.records.store import CUSTOMERS


async def list_customers(
    db: Database,
    scope: Scope,
    *,
    q: str | None = None,
    limit: int,
    cursor: str | None,
    **wanted: Any,
) -> Page[Customer]:
    """Newest first. `q` is the beginning of any word of a name, or of its pinyin or initials."""
    conditions: list[dict[str, Any]] = [scope.filter()]
    conditions += [{name: value} for name, value in wanted.items() if value is not None]
    if q:
        conditions.append({"search.words": {"$regex": f"^{re.escape(same_name(q))}"}})
    return await page(
        db[CUSTOMERS.collection],
        {"$and": conditions},
        limit=limit,
        cursor=cursor,
        decode=CUSTOMERS.aggregate,
    )


async def ids_above(work: Work, customer: Customer | None) -> frozenset[str]:
    """The ids of all that stand above a customer in its group."""
    above: set[str] = set()
    while customer is not None and customer.group_parent_id not in (None, *above):
        parent_id = str(customer.group_parent_id)
        above.add(parent_id)
        customer = await work.find(CUSTOMERS, parent_id)
    return frozenset(above)


async def names_of_staff(db: Database, ids: list[str | None]) -> dict[str, str]:
    wanted = list({one for one in ids if one is not None})
    if not wanted:
        return {}
    found = await lists_of(db).read(
        Asked(organisation.STAFF, {"_id": {"$in": wanted}}, [("_id", 1)], len(wanted), ("name",))
    )
    return {document["_id"]: document["name"] for document in found}
