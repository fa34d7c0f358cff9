"""Where rules and policy lie; `lead_turns` remembers whom each rule chose last."""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.lead_assignment.model import LeadPolicy, Rule

RULES = Stored(
    Rule,
    "lead_assignment_rules",
    indexes=[IndexModel([("is_withdrawn", ASCENDING), ("terms.place", ASCENDING)], name="place")],
)
POLICIES = Stored(LeadPolicy, "lead_policies")
TURNS = "lead_turns"
INDEXES: dict[str, list[IndexModel]] = {TURNS: []}


async def rules_in_order(db: Database) -> list[Rule]:
    found = db[RULES.collection].find({"is_withdrawn": False})
    return [
        RULES.aggregate(document)
        async for document in found.sort([("terms.place", ASCENDING), ("_id", ASCENDING)])
    ]
