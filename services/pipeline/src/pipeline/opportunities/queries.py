"""Reading one deal: its gate, the facts about it, its history. Lists are in `lists`."""

from dataclasses import dataclass
from typing import Any

from chassis.events import EVENTS_COLLECTION
from chassis.mongo import Database, Document
from chassis.problems import ValidationFailed

from pipeline.copies import CONTACTS, field_error
from pipeline.evidence.model import Evidence
from pipeline.evidence.store import facts_about, facts_to_link
from pipeline.opportunities.commands import about, process_of
from pipeline.opportunities.model import Opportunity, Standing
from pipeline.opportunities.model.gates import buyer_lag, kinds_proven


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What stands between a deal and a later stage (or winning)."""

    to_stage: int
    standings: list[Standing]
    lag: dict[str, Any] | None
    offered: list[Evidence]
    roles_missing: list[dict[str, Any]]


async def gate(db: Database, deal: Opportunity, to_stage: int | None) -> Gate:
    """The way to `to_stage`, by default the next one; winning, from the last open stage."""
    process = await process_of(db, deal)
    if to_stage is None:
        to_stage = deal.stage + 1
    if to_stage <= deal.stage:
        raise ValidationFailed(
            field_error("/to_stage", "not-ahead", "不是之后的阶段", "no stage ahead of this one")
        )
    evidence = await facts_about(db, deal.id, deal.linked_evidence, deal.proofs)
    deal.check(evidence)
    contacts = {person.contact_id for fact in evidence for person in fact.met}
    found = db[CONTACTS].find({"_id": {"$in": sorted(contacts)}})
    roles = {contact["_id"]: contact.get("buying_role") async for contact in found}
    is_winning = to_stage > process.last_open_stage
    standings = deal.standing(
        process, None if is_winning else to_stage, about(deal, evidence), roles
    )
    if is_winning:
        to_stage = process.won_stage
    return Gate(
        to_stage=to_stage,
        standings=standings,
        lag=buyer_lag(process, deal.trusted_buyer_stage, to_stage),
        offered=await _offered(db, deal, standings),
        roles_missing=deal.roles_missing(process, to_stage),
    )


async def _offered(db: Database, deal: Opportunity, standings: list[Standing]) -> list[Evidence]:
    """Facts that name only the customer, of a kind that would prove what is missing."""
    if deal.customer_id is None:
        return []
    asked = {each.milestone.proof for each in standings if not each.is_met}
    offered = await facts_to_link(db, deal.customer_id)
    return [
        fact
        for fact in offered
        if fact.id not in deal.linked_evidence and asked & kinds_proven(fact)
    ]


async def evidence_of(db: Database, deal: Opportunity) -> tuple[list[Evidence], list[Evidence]]:
    """Facts about the deal, and those about its customer only, offered for linking."""
    known = await facts_about(db, deal.id, deal.linked_evidence, [])
    offered = [] if deal.customer_id is None else await facts_to_link(db, deal.customer_id)
    linked = {fact.id for fact in known}
    return known, [fact for fact in offered if fact.id not in linked]


async def history(db: Database, deal: Opportunity, *, after: int, limit: int) -> list[Document]:
    """The deal's events from the log, oldest first, after a sequence number."""
    wanted = {
        "_id": {
            "$in": [
                f"{deal.reference}:{sequence}"
                for sequence in range(after + 1, min(after + limit, deal.version) + 1)
            ]
        }
    }
    found = await db[EVENTS_COLLECTION].find(wanted).to_list()
    return sorted(found, key=lambda event: int(event["seq"]))
