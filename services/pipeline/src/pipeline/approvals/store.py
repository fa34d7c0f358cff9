"""Where approvals lie, and which one is the latest about a paper."""

from chassis.mongo import Document
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.approvals.model import Approval


def _newest_first(field: str, name: str) -> IndexModel:
    keys = [(field, ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]
    return IndexModel(keys, name=name)


APPROVALS = Stored(
    Approval,
    "approvals",
    indexes=[
        _newest_first("waiting_for", "waiting_for"),
        _newest_first("requested_by", "requested_by"),
        _newest_first("deciders", "deciders"),
        _newest_first("owner_id", "owner"),
        _newest_first("team_id", "team"),
        _newest_first("collaborator_ids", "collaborators"),
        IndexModel([("paper.opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("paper.id", ASCENDING)], name="paper"),
    ],
)
ROUNDS = "approval_rounds"
"""`{_id: "<kind>:<paper id>", round, approval_id}`: the latest round, findable by id alone."""
INDEXES: dict[str, list[IndexModel]] = {ROUNDS: []}


def round_of(kind: str, paper_id: str, number: int, approval_id: str) -> Document:
    return {"_id": round_id(kind, paper_id), "round": number, "approval_id": approval_id}


def round_id(kind: str, paper_id: str) -> str:
    return f"{kind}:{paper_id}"
