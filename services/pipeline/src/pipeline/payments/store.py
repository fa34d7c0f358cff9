"""Where payments lie."""

from decimal import Decimal

from chassis.mongo import Document
from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.payments.model import Payment

PAYMENTS = Stored(
    Payment,
    "payments",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("order_id", ASCENDING)], name="order"),
        IndexModel([("contract_id", ASCENDING)], name="contract"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel(
            [("customer_id", ASCENDING), ("unallocated.amount", ASCENDING)], name="unallocated"
        ),
    ],
)


async def free_payments(work: Work, claimed: Document) -> list[Payment]:
    """Money that is left of payments, the oldest first, as this unit of work has them."""
    wanted = claimed | {"status": "received", "unallocated.amount": {"$gt": Decimal(0)}}
    found = work.db[PAYMENTS.collection].find(wanted, {"_id": 1})
    in_order = found.sort([("received_on", ASCENDING), ("_id", ASCENDING)])
    identifiers = [document["_id"] async for document in in_order]
    loaded = await work.find_many(PAYMENTS, identifiers)
    return [loaded[one] for one in identifiers if loaded[one].is_free]
