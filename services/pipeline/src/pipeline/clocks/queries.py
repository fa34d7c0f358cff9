"""Reading clocks: that of one deal, and the deals that have no next follow-up."""

from chassis.door import Reading
from chassis.mongo import Database, Document
from chassis.pages import Page, page

from pipeline.clocks.model import POLICY_ID, DealClock, ReviewPolicy, Rule, default_policy
from pipeline.clocks.store import CLOCKS, REVIEW_POLICIES, from_document


async def clock(db: Database, opportunity_id: str) -> DealClock | None:
    found = await db[CLOCKS].find_one({"_id": opportunity_id})
    return None if found is None else from_document(found)


async def clocks(db: Database, opportunity_ids: list[str]) -> dict[str, DealClock]:
    found = db[CLOCKS].find({"_id": {"$in": opportunity_ids}})
    return {one["_id"]: from_document(one) async for one in found}


async def without_next_follow_up(
    reader: Reading, asked: Document, *, limit: int, cursor: str | None
) -> Page[tuple[Document, DealClock]]:
    """Running deals that nobody is going to follow up, the longest without progress first."""
    scope = await reader.scope("opportunities:read")
    missing = {"runs": True, "next_follow_up_at": None}
    return await page(
        reader.db[CLOCKS],
        {"$and": [scope.filter(), missing, asked]},
        sort="since",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=lambda found: (found, from_document(found)),
    )


async def policy(reader: Reading) -> ReviewPolicy:
    return await reader.find(REVIEW_POLICIES, POLICY_ID) or default_policy()


async def rule(reader: Reading) -> Rule:
    return (await policy(reader)).rule
