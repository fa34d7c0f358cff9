"""Reading leave."""

from chassis.mongo import Database, Document
from chassis.pages import Page, page

from field.leaves.model import GRANTED, REQUESTED, Leave
from field.leaves.store import LEAVES


async def list_leaves(
    db: Database, condition: Document, *, limit: int, cursor: str | None
) -> Page[Leave]:
    return await page(
        db[LEAVES.collection],
        condition,
        sort="first_on",
        limit=limit,
        cursor=cursor,
        decode=LEAVES.aggregate,
    )


async def overlapping(db: Database, leave: Leave) -> Leave | None:
    """Another one of that person, asked for or granted, on some of the same days."""
    found = await db[LEAVES.collection].find_one(
        {
            "owner_id": leave.owner_id,
            "status": {"$in": [REQUESTED, GRANTED]},
            "first_on": {"$lte": leave.last_on.isoformat()},
            "last_on": {"$gte": leave.first_on.isoformat()},
        }
    )
    return None if found is None else LEAVES.aggregate(found)
