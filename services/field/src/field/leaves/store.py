"""Where leave lies."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from field.leaves.model import Leave

LEAVES = Stored(
    Leave,
    "leaves",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("first_on", DESCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("first_on", DESCENDING)], name="of_team"),
    ],
)
