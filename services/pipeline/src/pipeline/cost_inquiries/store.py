"""Where cost inquiries lie, and beside them their answers."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.cost_inquiries.model import CostInquiry, InquiredCost

COST_INQUIRIES = Stored(
    CostInquiry,
    "cost_inquiries",
    indexes=[
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING), ("_id", DESCENDING)], name="shared"),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
    ],
)
INQUIRED_COSTS = Stored(InquiredCost, "inquired_costs")
