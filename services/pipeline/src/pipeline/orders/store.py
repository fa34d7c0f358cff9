"""Where orders lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.orders.model import Order

ORDERS = Stored(
    Order,
    "orders",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("contract_id", ASCENDING)], name="contract"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)
