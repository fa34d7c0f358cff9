"""Where payment milestones lie: found by contract, order, customer, and by when they are due."""

from chassis.mongo import Document
from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.payment_milestones.model import PaymentMilestone

PAYMENT_MILESTONES = Stored(
    PaymentMilestone,
    "payment_milestones",
    indexes=[
        IndexModel([("contract_id", ASCENDING), ("number", ASCENDING)], name="contract"),
        IndexModel([("order_id", ASCENDING), ("number", ASCENDING)], name="order"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("status", ASCENDING), ("due_on", ASCENDING)], name="status"),
    ],
)
OPEN = ["planned", "due", "overdue"]


async def milestones_where(work: Work, wanted: Document) -> list[PaymentMilestone]:
    """Those that match, as this unit of work has them, by their numbers."""
    found = work.db[PAYMENT_MILESTONES.collection].find(wanted, {"_id": 1}).sort("number", 1)
    identifiers = [document["_id"] async for document in found]
    loaded = await work.find_many(PAYMENT_MILESTONES, identifiers)
    return [loaded[one] for one in identifiers if one in loaded]
