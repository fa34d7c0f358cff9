"""Where deductions lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.deductions.model import Deduction

DEDUCTIONS = Stored(
    Deduction,
    "deductions",
    indexes=[
        IndexModel([("payment_milestone_id", ASCENDING)], name="milestone"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)
