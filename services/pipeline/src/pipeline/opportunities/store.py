"""Where deals and refused moves lie."""

from chassis.mongo import Document
from chassis.store import Stored, plain_document
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.opportunities.model import GateRefusal, Opportunity

UNCOUNTED = "uncounted"
"""Marks a deal whose place in the funnel, or whose words, may have changed since it was counted."""
MARK: Document = {UNCOUNTED: 1}


def _marked(deal: Opportunity) -> Document:
    return plain_document(deal) | MARK


OPPORTUNITIES = Stored(
    Opportunity,
    "opportunities",
    encode=_marked,
    indexes=[
        IndexModel(
            [(UNCOUNTED, ASCENDING)],
            name="uncounted",
            partialFilterExpression={UNCOUNTED: {"$exists": True}},
        ),
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
