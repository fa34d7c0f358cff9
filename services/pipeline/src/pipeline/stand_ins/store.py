"""Where stand-ins lie, and for whom somebody stands in."""

from datetime import date

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.stand_ins.model import StandIn

STAND_INS = Stored(
    StandIn,
    "stand_ins",
    indexes=[
        IndexModel([("staff_id", ASCENDING), ("last_on", DESCENDING)], name="staff"),
        IndexModel([("principal_id", ASCENDING), ("last_on", DESCENDING)], name="principal"),
        IndexModel([("team_id", ASCENDING)], name="team"),
    ],
)


async def stood_in_for(db: Database, staff_id: str, on: date) -> dict[str, frozenset[str] | None]:
    """Principal → the kinds of paper that this person decides on for them; None for all."""
    today = on.isoformat()
    found: dict[str, frozenset[str] | None] = {}
    query = {"staff_id": staff_id, "first_on": {"$lte": today}, "last_on": {"$gte": today}}
    async for one in db[STAND_INS.collection].find(query):
        principal, kinds = one["principal_id"], frozenset(one["kinds"])
        known = found.get(principal, frozenset())
        found[principal] = None if known is None or not kinds else known | kinds
    return found
