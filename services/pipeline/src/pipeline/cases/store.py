"""Where cases lie; found by stage, by industry, or by both."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.cases.model import Case

CASES = Stored(
    Case,
    "cases",
    indexes=[
        IndexModel([("story.stages", ASCENDING), ("created_at", DESCENDING)], name="stages"),
        IndexModel([("story.industries", ASCENDING), ("created_at", DESCENDING)], name="industry"),
    ],
)
