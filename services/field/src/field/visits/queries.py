"""Reading visits."""

from datetime import date
from typing import Any

from chassis.mongo import Database
from chassis.pages import Page, page
from chassis.scopes import Scope

from field.visits.model import Visit, VisitStatus
from field.visits.store import VISITS


async def list_visits(
    db: Database,
    scope: Scope,
    *,
    on: date | None = None,
    staff_id: str | None = None,
    status: str | None = None,
    customer_id: str | None = None,
    plan_id: str | None = None,
    limit: int,
    cursor: str | None,
) -> Page[Visit]:
    """Newest day first."""
    wanted: dict[str, Any] = {
        "on": on.isoformat() if on else None,
        "owner_id": staff_id,
        "status": status,
        "customer_id": customer_id,
        "plan_id": plan_id,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return await page(
        db[VISITS.collection],
        {"$and": [scope.filter(), given]},
        sort="on",
        limit=limit,
        cursor=cursor,
        decode=VISITS.aggregate,
    )


async def left_open(db: Database, status: VisitStatus, before: date, most: int) -> list[str]:
    """The ids of visits of a day gone by that still have this status."""
    found = db[VISITS.collection].find(
        {"status": status.value, "on": {"$lt": before.isoformat()}}, {"_id": 1}
    )
    return [document["_id"] async for document in found.sort("on").limit(most)]
