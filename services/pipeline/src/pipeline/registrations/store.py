"""Where registrations lie, and which of them stand beside one another."""

from chassis.mongo import Database, Document
from chassis.store import Stored, from_plain_document, plain_document
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.registrations.model import (
    LIVE,
    Registration,
    RegistrationPolicy,
    Subject,
    project_key,
)


def _encode(registration: Registration) -> Document:
    return plain_document(registration) | {
        "line_key": project_key(registration.subject.product_line),
        "project_key": registration.subject.key,
    }


def _decode(document: Document) -> Registration:
    keys = {"line_key", "project_key"}
    plain = {name: value for name, value in document.items() if name not in keys}
    return from_plain_document(Registration, plain)


REGISTRATIONS = Stored(
    Registration,
    "registrations",
    encode=_encode,
    decode=_decode,
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("subject.customer_id", ASCENDING), ("status", ASCENDING)], name="customer"),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
    ],
)
POLICIES = Stored(RegistrationPolicy, "registration_policies")
MOST = 200


async def standing_beside(db: Database, subject: Subject) -> list[Registration]:
    """Live ones of the same customer and product line, oldest first."""
    found = db[REGISTRATIONS.collection].find(
        {
            "subject.customer_id": subject.customer_id,
            "line_key": project_key(subject.product_line),
            "status": {"$in": list(LIVE)},
        }
    )
    ordered = found.sort("_id", ASCENDING).limit(MOST)
    return [REGISTRATIONS.aggregate(document) async for document in ordered]


async def live_of_customer(db: Database, customer_id: str) -> list[Registration]:
    found = db[REGISTRATIONS.collection].find(
        {"subject.customer_id": customer_id, "status": {"$in": list(LIVE)}}
    )
    ordered = found.sort("_id", ASCENDING).limit(MOST)
    return [REGISTRATIONS.aggregate(document) async for document in ordered]
