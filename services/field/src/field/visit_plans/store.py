"""Where visit plans lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from field.visit_plans.model import VisitPlan

VISIT_PLANS = Stored(
    VisitPlan,
    "visit_plans",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("on", DESCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("on", DESCENDING)], name="of_team"),
        IndexModel([("on", DESCENDING), ("_id", DESCENDING)], name="of_day"),
    ],
)
