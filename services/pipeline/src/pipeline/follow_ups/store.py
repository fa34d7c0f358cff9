"""Where follow-ups lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.follow_ups.model import FollowUp

FOLLOW_UPS = Stored(
    FollowUp,
    "follow_ups",
    indexes=[
        IndexModel(
            [("owner_id", ASCENDING), ("status", ASCENDING), ("due_at", ASCENDING)], name="owner"
        ),
        IndexModel(
            [("team_id", ASCENDING), ("status", ASCENDING), ("due_at", ASCENDING)], name="team"
        ),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
    ],
)
