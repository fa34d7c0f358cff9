"""Where saved views lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.saved_views.model import SavedView

SAVED_VIEWS = Stored(
    SavedView,
    "saved_views",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("look.collection", ASCENDING)], name="owner"),
        IndexModel([("sharing.team_ids", ASCENDING)], name="shared_with_teams"),
        IndexModel([("sharing.roles", ASCENDING)], name="shared_with_roles"),
    ],
)
