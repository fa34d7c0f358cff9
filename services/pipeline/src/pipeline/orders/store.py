"""Where orders lie."""

from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.orders.model import CANCELLED, Order

ORDERS = Stored(
    Order,
    "orders",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("contract_id", ASCENDING)], name="contract"),
        IndexModel([("quote_id", ASCENDING)], name="quote"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)


async def is_ordered(work: Work, quote_id: str) -> bool:
    """Whether an order was placed for the quote and stands."""
    standing = {"quote_id": quote_id, "status": {"$ne": CANCELLED}}
    found = await work.db[ORDERS.collection].find_one(standing, {"_id": 1})
    return found is not None
