"""Where teams lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from field.teams.model import Team

TEAMS = Stored(
    Team,
    "teams",
    indexes=[
        IndexModel([("parent_id", ASCENDING)], name="children"),
        IndexModel([("kind", ASCENDING), ("name", ASCENDING)], name="named"),
    ],
)
