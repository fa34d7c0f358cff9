"""Where payments lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.payments.model import Payment

PAYMENTS = Stored(
    Payment,
    "payments",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("order_id", ASCENDING)], name="order"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)
