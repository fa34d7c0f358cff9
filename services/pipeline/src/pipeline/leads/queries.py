"""Reading leads: lists by scope, the pool, and the names beside them."""

from collections.abc import Sequence
from typing import Any

from chassis.mongo import Database
from chassis.organisation import STAFF
from chassis.pages import Page, page
from chassis.scopes import Scope

from pipeline.leads.model import NEW, Lead
from pipeline.leads.store import LEADS


async def list_leads(
    db: Database, scope: Scope, asked: dict[str, Any], *, limit: int, cursor: str | None
) -> Page[Lead]:
    wanted = {name: value for name, value in asked.items() if value is not None}
    return await page(
        db[LEADS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=LEADS.aggregate,
    )


async def pool(
    db: Database, asked: dict[str, Any], *, limit: int, cursor: str | None
) -> Page[Lead]:
    """线索池, oldest first: what waits longest comes first."""
    wanted = {name: value for name, value in asked.items() if value is not None}
    return await page(
        db[LEADS.collection],
        {"status": NEW, **wanted},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=LEADS.aggregate,
    )


async def names_of(db: Database, staff_ids: Sequence[str]) -> dict[str, str]:
    if not staff_ids:
        return {}
    found = db[STAFF].find({"_id": {"$in": list(staff_ids)}}, {"name": 1})
    return {document["_id"]: document["name"] async for document in found}
