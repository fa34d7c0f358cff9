"""Where leads lie, and apart from them the people behind them, who can be erased."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from chassis.mongo import Database, Document
from chassis.names import core_of, pieces_of
from chassis.reach import domain_of, mail_address, phone_digits
from chassis.store import Stored, from_plain_document, plain_document
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.leads.model import ASSIGNED, CONTACTED, Lead

PEOPLE = "lead_people"


def _encode(lead: Lead) -> Document:
    document = plain_document(lead)
    core = core_of(lead.company.name)
    document["search"] = {"core": core, "pieces": pieces_of(core)}
    return document


def _decode(document: Document) -> Lead:
    return from_plain_document(
        Lead, {name: value for name, value in document.items() if name != "search"}
    )


LEADS = Stored(
    Lead,
    "leads",
    encode=_encode,
    decode=_decode,
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
        IndexModel([("origin_of.campaign_id", ASCENDING)], name="campaign"),
        IndexModel([("company.credit_code", ASCENDING)], name="credit_code", sparse=True),
        IndexModel([("search.core", ASCENDING)], name="core"),
        IndexModel([("search.pieces", ASCENDING)], name="pieces"),
    ],
)
INDEXES = {
    PEOPLE: [
        IndexModel([("phones", ASCENDING)], name="phones"),
        IndexModel([("mails", ASCENDING)], name="mails"),
        IndexModel([("domains", ASCENDING)], name="domains"),
    ]
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asked. Never in an event, a log, or a stored answer."""

    name: str | None = None
    title: str | None = None
    phone: str | None = None
    mail: str | None = None
    wechat: str | None = None


PERSONAL = frozenset(Person.__dataclass_fields__)
NOBODY = Person()


def keep_person(work: Work, lead_id: str, person: Person) -> None:
    """Write who asked, with what they are found by."""
    values = asdict(person)
    phone = phone_digits(person.phone) if person.phone else None
    domain = domain_of(person.mail) if person.mail else None
    work.put(
        PEOPLE,
        {
            "_id": lead_id,
            "person": {name: value for name, value in values.items() if value is not None},
            "phones": [phone] if phone else [],
            "mails": [mail_address(person.mail)] if person.mail else [],
            "domains": [domain] if domain else [],
        },
    )


def person_of(document: Document | None) -> Person:
    return NOBODY if document is None else Person(**document["person"])


async def people_of(db: Database, lead_ids: Sequence[str]) -> dict[str, Person]:
    found = db[PEOPLE].find({"_id": {"$in": list(lead_ids)}})
    return {document["_id"]: person_of(document) async for document in found}


async def open_leads_of(db: Database, staff_ids: Sequence[str]) -> dict[str, int]:
    """How many leads each of them has at hand."""
    counted = await db[LEADS.collection].aggregate(
        [
            {
                "$match": {
                    "owner_id": {"$in": list(staff_ids)},
                    "status": {"$in": [ASSIGNED, CONTACTED]},
                }
            },
            {"$group": {"_id": "$owner_id", "open": {"$sum": 1}}},
        ]
    )
    found: dict[str, int] = {one["_id"]: one["open"] async for one in counted}
    return {staff_id: found.get(staff_id, 0) for staff_id in staff_ids}


async def leads_held_by(
    db: Database, staff_id: str, statuses: Sequence[str], most: int
) -> list[str]:
    """Ids, oldest first."""
    found = db[LEADS.collection].find(
        {"owner_id": staff_id, "status": {"$in": list(statuses)}}, {"_id": 1}
    )
    return [document["_id"] async for document in found.sort("_id", ASCENDING).limit(most)]
