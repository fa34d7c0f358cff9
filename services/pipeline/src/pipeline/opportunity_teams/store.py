"""Where the teams of deals lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.opportunity_teams.model import Team

OPPORTUNITY_TEAMS = Stored(
    Team,
    "opportunity_teams",
    indexes=[
        IndexModel([("seats.staff_id", ASCENDING), ("_id", DESCENDING)], name="asked"),
        IndexModel(
            [("seats.status", ASCENDING), ("seats.role", ASCENDING), ("_id", DESCENDING)],
            name="asked_by_role",
        ),
    ],
)
