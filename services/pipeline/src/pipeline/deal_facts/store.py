"""Where deal facts lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.deal_facts.model import DealFact

DEAL_FACTS = Stored(
    DealFact,
    "deal_facts",
    indexes=[IndexModel([("opportunity_id", ASCENDING), ("_id", ASCENDING)], name="opportunity")],
)
