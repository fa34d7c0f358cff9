"""查重: who might be the same customer, and how sure that is.

The answer names an owner to talk to and never shows the record. Members of one group share names,
numbers and domains without being the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chassis.mongo import Database, Document
from chassis.names import core_of, likeness, pieces_of, same_name
from chassis.reach import domain_of, phone_digits

from customers.contacts.people import PEOPLE, Vault
from customers.records.store import CUSTOMERS

SAME_CODE, SAME_NAME = "credit_code", "name"
SIMILAR_NAME, SAME_PHONE, SAME_DOMAIN = "similar_name", "phone", "mail_domain"
WEIGHTS = {SAME_CODE: 1.0, SAME_NAME: 1.0, SAME_PHONE: 0.85, SAME_DOMAIN: 0.6}
SIMILAR_WEIGHT = 0.9
LEAST_LIKENESS = 0.75
LEAST_SCORE = 0.6
REFUSED_FROM = 0.85
MOST_CANDIDATES = 20
_DEEPEST_GROUP = 10
_FIELDS = {"search": 1, "owner_id": 1, "team_id": 1, "collaborator_ids": 1, "group_parent_id": 1}


class Probe(NamedTuple):
    """What is known of the customer in question; `ignoring` is its own id, if it has one."""

    names: Sequence[str]
    credit_code: str | None = None
    phones: Sequence[str] = ()
    mails: Sequence[str] = ()
    group_parent_id: str | None = None
    ignoring: str | None = None


@dataclass
class Candidate:
    """A customer that may be the same; `is_exact`: the credit code or the very name is."""

    customer: Document
    reasons: dict[str, float] = field(default_factory=dict)
    is_exact: bool = False

    @property
    def score(self) -> float:
        """How sure: reasons count as if they were independent."""
        doubt = 1.0
        for weight in self.reasons.values():
            doubt *= 1 - weight
        return round(1 - doubt, 3)


async def candidates(db: Database, vault: Vault, probe: Probe) -> list[Candidate]:
    """Surest first."""
    found: dict[str, Candidate] = {}

    def note(customer: Document, reason: str, weight: float, *, is_exact: bool = False) -> None:
        if customer["_id"] == probe.ignoring:
            return
        candidate = found.setdefault(customer["_id"], Candidate(customer))
        candidate.reasons[reason] = max(weight, candidate.reasons.get(reason, 0.0))
        candidate.is_exact = candidate.is_exact or is_exact

    if probe.credit_code:
        for customer in await _matching(db, {"credit_code": probe.credit_code}):
            note(customer, SAME_CODE, WEIGHTS[SAME_CODE], is_exact=True)
    await _by_name(db, probe, note)
    phones = [digits for one in probe.phones if (digits := phone_digits(one))]
    domains = [domain for one in probe.mails if (domain := domain_of(one))]
    for customer in await _reached_by(db, vault, "phones", phones):
        note(customer, SAME_PHONE, WEIGHTS[SAME_PHONE])
    for customer in await _reached_by(db, vault, "domains", domains):
        note(customer, SAME_DOMAIN, WEIGHTS[SAME_DOMAIN])
    sure = [one for one in found.values() if one.score >= LEAST_SCORE]
    group = await _group(db, probe.group_parent_id)
    strangers = [
        one
        for one in sure
        if SAME_CODE in one.reasons or not group or not group & await _group_of(db, one)
    ]
    return sorted(strangers, key=lambda one: (-one.score, one.customer["_id"]))[:MOST_CANDIDATES]


async def _by_name(db: Database, probe: Probe, note: Any) -> None:
    names = {same_name(name) for name in probe.names}
    cores = {core_of(name) for name in probe.names}
    for customer in await _matching(db, {"search.cores": {"$in": sorted(cores)}}):
        is_exact = customer["search"]["name"] in names
        note(customer, SAME_NAME, WEIGHTS[SAME_NAME], is_exact=is_exact)
    pieces = sorted({piece for core in cores for piece in pieces_of(core)})
    shared = {"$size": {"$setIntersection": ["$search.pieces", pieces]}}
    similar = await db[CUSTOMERS.collection].aggregate(
        [
            {"$match": {"search.pieces": {"$in": pieces}}},
            {"$project": _FIELDS | {"shared": shared}},
            {"$sort": {"shared": -1, "_id": 1}},
            {"$limit": MOST_CANDIDATES},
        ]
    )
    async for customer in similar:
        best = max(likeness(one, other) for one in cores for other in customer["search"]["cores"])
        if LEAST_LIKENESS <= best < 1:
            note(customer, SIMILAR_NAME, SIMILAR_WEIGHT * best)


async def _reached_by(
    db: Database, vault: Vault, kind: str, values: Sequence[str]
) -> list[Document]:
    """Customers that have one of these themselves, or one of whose people has."""
    if not values:
        return []
    hashes = [await vault.hashed(kind, value) for value in values]
    people = db[PEOPLE].find({kind: {"$in": hashes}}, {"customer_id": 1}).limit(MOST_CANDIDATES)
    employers = [person["customer_id"] async for person in people]
    return await _matching(
        db, {"$or": [{f"search.{kind}": {"$in": list(values)}}, {"_id": {"$in": employers}}]}
    )


async def _matching(db: Database, condition: Document) -> list[Document]:
    return await db[CUSTOMERS.collection].find(condition, _FIELDS).limit(MOST_CANDIDATES).to_list()


async def _group_of(db: Database, candidate: Candidate) -> set[str]:
    parent: str | None = candidate.customer.get("group_parent_id")
    return {candidate.customer["_id"]} | await _group(db, parent)


async def _group(db: Database, parent_id: str | None) -> set[str]:
    """The ids of a parent and all above it."""
    above: set[str] = set()
    while parent_id is not None and parent_id not in above and len(above) < _DEEPEST_GROUP:
        above.add(parent_id)
        parent = await db[CUSTOMERS.collection].find_one({"_id": parent_id}, {"group_parent_id": 1})
        parent_id = parent.get("group_parent_id") if parent else None
    return above
