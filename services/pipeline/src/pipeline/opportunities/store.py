"""Where deals and refused moves lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.opportunities.model import GateRefusal, Opportunity

OPPORTUNITIES = Stored(
    Opportunity,
    "opportunities",
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("created_at", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("created_at", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING)], name="collaborators"),
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
        IndexModel([("terms.customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel(
            [("status", ASCENDING), ("stage", ASCENDING), ("_id", DESCENDING)], name="stage"
        ),
    ],
)
GATE_REFUSALS = Stored(
    GateRefusal,
    "gate_refusals",
    indexes=[IndexModel([("opportunity_id", ASCENDING)], name="opportunity")],
)
