"""Where staff lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from field.staff.model import Staff

STAFF = Stored(
    Staff,
    "staff",
    indexes=[
        IndexModel([("team_id", ASCENDING), ("_id", ASCENDING)], name="of_team"),
        IndexModel([("name", ASCENDING)], name="named"),
        IndexModel([("staff_number", ASCENDING)], name="numbered"),
    ],
)
