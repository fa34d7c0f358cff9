"""Where hand-overs lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.hand_overs.model import HandOver

HAND_OVERS = Stored(
    HandOver,
    "hand_overs",
    indexes=[
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("_id", DESCENDING)], name="shared"),
    ],
)
