"""Where temporary limits and the policy lie; what is owed, per contract or order, as documents.

`obligations` and `credit_orders` are written under the credit guard of their customer only.
"""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.credit.model import CreditPolicy, TemporaryLimit

OBLIGATIONS = "obligations"
CREDIT_ORDERS = "credit_orders"
INDEXES = {
    OBLIGATIONS: [
        IndexModel([("customer_id", ASCENDING), ("is_open", ASCENDING)], name="open_of_customer")
    ],
    CREDIT_ORDERS: [],
}
TEMPORARY_LIMITS = Stored(
    TemporaryLimit,
    "temporary_credit_limits",
    indexes=[
        IndexModel([("holder_id", ASCENDING), ("status", ASCENDING)], name="holder"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)
POLICIES = Stored(CreditPolicy, "credit_policies")


async def granted_limits(db: Database, holder_id: str) -> list[TemporaryLimit]:
    found = db[TEMPORARY_LIMITS.collection].find({"holder_id": holder_id, "status": "granted"})
    return [TEMPORARY_LIMITS.aggregate(document) async for document in found]
