"""Where tasks lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from field.tasks.model import Task

TASKS = Stored(
    Task,
    "tasks",
    indexes=[
        IndexModel(
            [("owner_id", ASCENDING), ("status", ASCENDING), ("due_on", ASCENDING)], name="of_owner"
        ),
        IndexModel(
            [("team_id", ASCENDING), ("status", ASCENDING), ("due_on", ASCENDING)], name="of_team"
        ),
        IndexModel([("source.opportunity_id", ASCENDING)], name="of_opportunity"),
    ],
)
