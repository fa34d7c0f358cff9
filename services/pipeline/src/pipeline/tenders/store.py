"""Where tenders lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.tenders.model import Tender

TENDERS = Stored(
    Tender,
    "tenders",
    indexes=[
        IndexModel([("opportunity_id", ASCENDING), ("_id", DESCENDING)], name="opportunity"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("_id", DESCENDING)], name="shared"),
    ],
)
