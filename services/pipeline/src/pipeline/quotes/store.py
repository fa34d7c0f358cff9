"""Where quotes lie."""

from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.quotes.model import Quote

QUOTES = Stored(
    Quote,
    "quotes",
    indexes=[
        IndexModel([("opportunity_id", ASCENDING), ("status", ASCENDING)], name="opportunity"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("_id", DESCENDING)], name="shared"),
    ],
)


async def accepted_of(work: Work, opportunity_id: str) -> list[Quote]:
    """The quotes of a deal that stand accepted: one, as a rule."""
    found = work.db[QUOTES.collection].find(
        {"opportunity_id": opportunity_id, "status": "accepted"}, {"_id": 1}
    )
    named = [one["_id"] async for one in found]
    return list((await work.find_many(QUOTES, named)).values())
