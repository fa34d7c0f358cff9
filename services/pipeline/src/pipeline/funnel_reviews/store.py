"""Where funnel reviews lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.funnel_reviews.model import FunnelReview

FUNNEL_REVIEWS = Stored(
    FunnelReview,
    "funnel_reviews",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("week", DESCENDING)], name="person"),
        IndexModel([("team_id", ASCENDING), ("week", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("week", DESCENDING)], name="reviewer"),
    ],
)

LAST_REVIEWS = "last_reviews"
"""`{_id: deal, review_id, at, seen, promised}`: each deal as it was last gone through."""
INDEXES: dict[str, list[IndexModel]] = {LAST_REVIEWS: []}
