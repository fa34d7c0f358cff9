"""Where evidence lies: one document per fact, found by the deals and the customer it names."""

from collections.abc import Sequence

import msgspec
from chassis.mongo import Database, Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.evidence.model import Evidence

EVIDENCE = "evidence"
INDEXES = {
    EVIDENCE: [
        IndexModel([("opportunity_ids", ASCENDING)], name="opportunities"),
        IndexModel([("event_id", ASCENDING)], name="event"),
        IndexModel([("customer_id", ASCENDING), ("at", DESCENDING)], name="customer"),
    ]
}
MOST = 500


def document_of(fact: Evidence) -> Document:
    document: Document = msgspec.to_builtins(fact)
    document["at"], document["withdrawn_at"] = fact.at, fact.withdrawn_at
    document["_id"] = document.pop("id")
    return document


def fact_of(document: Document) -> Evidence:
    return msgspec.convert(document | {"id": document["_id"]}, Evidence)


async def facts_about(
    db: Database, opportunity_id: str, linked: Sequence[str], proofs: Sequence[str]
) -> list[Evidence]:
    """What names a deal, was linked to it, or proved something of it, withdrawn or not."""
    ways: list[Document] = [{"opportunity_ids": opportunity_id}]
    if linked:
        ways.append({"_id": {"$in": list(linked)}})
    if proofs:
        ways.append({"event_id": {"$in": list(proofs)}})
    found = db[EVIDENCE].find({"$or": ways}).sort("at", ASCENDING).limit(MOST)
    return [fact_of(document) async for document in found]


async def facts_to_link(db: Database, customer_id: str) -> list[Evidence]:
    """What names only the customer, newest first: offered for linking."""
    found = db[EVIDENCE].find(
        {"customer_id": customer_id, "opportunity_ids": [], "withdrawn_by": None}
    )
    return [fact_of(document) async for document in found.sort("at", DESCENDING).limit(MOST)]
