"""查重: which leads and customers may be the same as one that is asked about, and how sure that is.

Told is whose it is, never what it says. Customers are compared by name and credit code only:
their people are not known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chassis.mongo import Database, Document
from chassis.names import core_of, likeness, pieces_of
from chassis.reach import domain_of, mail_address, phone_digits

from pipeline.copies import CUSTOMERS
from pipeline.leads.model import DISQUALIFIED, Likely
from pipeline.leads.store import LEADS, PEOPLE

LEAD, CUSTOMER = "lead", "customer"
WEIGHTS = {"credit_code": 1.0, "name": 0.9, "mail": 0.95, "phone": 0.85, "mail_domain": 0.5}
SIMILAR_NAME, SIMILAR_WEIGHT = "similar_name", 0.8
LEAST_LIKENESS, LEAST_SCORE = 0.75, 0.5
REFUSED_FROM = 0.85
MOST = 20


class Probe(NamedTuple):
    """What is known of the lead in question; `ignoring` is its own id, if it has one."""

    name: str
    credit_code: str | None = None
    phone: str | None = None
    mail: str | None = None
    ignoring: str | None = None


@dataclass
class _Candidate:
    kind: str
    document: Document
    reasons: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Reasons count as if they were independent."""
        doubt = 1.0
        for weight in self.reasons.values():
            doubt *= 1 - weight
        return round(1 - doubt, 3)

    def told(self) -> Likely:
        return Likely(
            kind=self.kind,
            id=self.document["_id"],
            score=self.score,
            reasons=sorted(self.reasons),
            owner_id=self.document.get("owner_id"),
        )


Note = Callable[[str, Document, str, float], None]


async def likely_same(db: Database, probe: Probe) -> list[Likely]:
    """Surest first; disqualified leads do not count."""
    found: dict[tuple[str, str], _Candidate] = {}

    def note(kind: str, document: Document, reason: str, weight: float) -> None:
        if document["_id"] != probe.ignoring:
            candidate = found.setdefault((kind, document["_id"]), _Candidate(kind, document))
            candidate.reasons[reason] = max(weight, candidate.reasons.get(reason, 0.0))

    if probe.credit_code:
        for document in await _leads(db, {"company.credit_code": probe.credit_code}):
            note(LEAD, document, "credit_code", WEIGHTS["credit_code"])
        for document in await _customers(db, {"credit_code": probe.credit_code}):
            note(CUSTOMER, document, "credit_code", WEIGHTS["credit_code"])
    await _by_name(db, core_of(probe.name), note)
    await _by_person(db, probe, note)
    sure = [one for one in found.values() if one.score >= LEAST_SCORE]
    ordered = sorted(sure, key=lambda one: (-one.score, one.document["_id"]))
    return [one.told() for one in ordered[:MOST]]


async def _by_name(db: Database, core: str, note: Note) -> None:
    pieces = pieces_of(core)
    for document in await _leads(db, {"search.core": core}):
        note(LEAD, document, "name", WEIGHTS["name"])
    for document in await _customers(db, {"cores": core}):
        note(CUSTOMER, document, "name", WEIGHTS["name"])
    for document in await _sharing(db, LEADS.collection, "search.pieces", pieces):
        _note_similar(LEAD, document, core, [document["search"]["core"]], note)
    for document in await _sharing(db, CUSTOMERS, "pieces", pieces):
        _note_similar(CUSTOMER, document, core, document["cores"], note)


def _note_similar(
    kind: str, document: Document, core: str, cores: Sequence[str], note: Note
) -> None:
    best = max(likeness(core, other) for other in cores)
    if LEAST_LIKENESS <= best < 1 and document.get("status") != DISQUALIFIED:
        note(kind, document, SIMILAR_NAME, SIMILAR_WEIGHT * best)


async def _by_person(db: Database, probe: Probe, note: Note) -> None:
    phone = phone_digits(probe.phone) if probe.phone else None
    mail = mail_address(probe.mail) if probe.mail else None
    domain = domain_of(probe.mail) if probe.mail else None
    for field_name, value, reason in (
        ("phones", phone, "phone"),
        ("mails", mail, "mail"),
        ("domains", domain, "mail_domain"),
    ):
        if value is None:
            continue
        people = db[PEOPLE].find({field_name: value}, {"_id": 1}).limit(MOST)
        theirs = [person["_id"] async for person in people]
        for document in await _leads(db, {"_id": {"$in": theirs}}):
            note(LEAD, document, reason, WEIGHTS[reason])


async def _leads(db: Database, condition: Document) -> list[Document]:
    wanted = condition | {"status": {"$ne": DISQUALIFIED}}
    return await db[LEADS.collection].find(wanted, {"owner_id": 1}).limit(MOST).to_list()


async def _customers(db: Database, condition: Document) -> list[Document]:
    return await db[CUSTOMERS].find(condition, {"owner_id": 1}).limit(MOST).to_list()


async def _sharing(
    db: Database, collection: str, where: str, pieces: Sequence[str]
) -> list[Document]:
    """Those that have most of these pieces in common."""
    shared = {"$size": {"$setIntersection": [f"${where}", list(pieces)]}}
    kept = {"owner_id": 1, "status": 1, "cores": 1, "search.core": 1, "shared": shared}
    found = await db[collection].aggregate(
        [
            {"$match": {where: {"$in": list(pieces)}}},
            {"$project": kept},
            {"$sort": {"shared": -1, "_id": 1}},
            {"$limit": MOST},
        ]
    )
    return await found.to_list()
