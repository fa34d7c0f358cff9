"""Where win/loss reviews lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.outcome_reviews.model import OutcomeReview

OUTCOME_REVIEWS = Stored(
    OutcomeReview,
    "outcome_reviews",
    indexes=[
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("_id", DESCENDING)], name="shared"),
    ],
)
