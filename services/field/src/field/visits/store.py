"""Where visits lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from field.visits.model import Visit

VISITS = Stored(
    Visit,
    "visits",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("on", DESCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("on", DESCENDING)], name="of_team"),
        IndexModel([("customer_id", ASCENDING), ("on", DESCENDING)], name="of_customer"),
        IndexModel([("plan_id", ASCENDING)], name="of_plan"),
        IndexModel([("status", ASCENDING), ("on", ASCENDING)], name="of_status"),
    ],
)
