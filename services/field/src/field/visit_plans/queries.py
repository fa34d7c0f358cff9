"""Reading visit plans."""

from datetime import date
from typing import Any

from chassis.door import Reading
from chassis.inbox import COUNTED_UP_TO
from chassis.mongo import Database, Document
from chassis.pages import Page, page
from chassis.scopes import Scope

from field.visit_plans.model import PlanStatus, VisitPlan
from field.visit_plans.store import VISIT_PLANS


async def to_decide(reader: Reading) -> Document:
    """Handed in by those whose direct superior the caller is, as far as they may approve."""
    scope = await reader.scope("visit-plans:approve")
    staff_id = reader.caller.staff_id
    reports = await reader.core.tree.reports(staff_id) if staff_id else set()
    mine = {"owner_id": {"$in": sorted(reports)}, "status": PlanStatus.SUBMITTED.value}
    return {"$and": [scope.filter(), mine]}


async def submitted(db: Database, condition: Document, *, limit: int) -> list[VisitPlan]:
    found = await page(
        db[VISIT_PLANS.collection],
        condition,
        sort="on",
        is_descending=False,
        limit=limit,
        decode=VISIT_PLANS.aggregate,
    )
    return found.items


async def counted(db: Database, condition: Document) -> int:
    return await db[VISIT_PLANS.collection].count_documents(condition, limit=COUNTED_UP_TO)


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
