"""Where requirement changes lie."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.requirement_changes.model import RequirementChange

REQUIREMENT_CHANGES = Stored(
    RequirementChange,
    "requirement_changes",
    indexes=[
        IndexModel([("contract_id", ASCENDING), ("_id", DESCENDING)], name="contract"),
        IndexModel([("opportunity_id", ASCENDING), ("_id", DESCENDING)], name="opportunity"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING)], name="collaborators"),
    ],
)
