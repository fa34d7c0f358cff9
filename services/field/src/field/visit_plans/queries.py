"""Reading visit plans."""

from datetime import date
from typing import Any

from chassis.mongo import Database
from chassis.pages import Page, page
from chassis.scopes import Scope

from field.visit_plans.model import VisitPlan
from field.visit_plans.store import VISIT_PLANS


async def list_visit_plans(
    db: Database,
    scope: Scope,
    *,
    on: date | None = None,
    staff_id: str | None = None,
    status: str | None = None,
    customer_id: str | None = None,
    is_late: bool | None = None,
    limit: int,
    cursor: str | None,
) -> Page[VisitPlan]:
    """Newest day first."""
    wanted: dict[str, Any] = {
        "on": on.isoformat() if on else None,
        "owner_id": staff_id,
        "status": status,
        "visits.customer_id": customer_id,
        "is_late": is_late,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return await page(
        db[VISIT_PLANS.collection],
        {"$and": [scope.filter(), given]},
        sort="on",
        limit=limit,
        cursor=cursor,
        decode=VISIT_PLANS.aggregate,
    )
