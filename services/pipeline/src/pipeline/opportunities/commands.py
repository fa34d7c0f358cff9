"""What can be done with deals."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.ids import new_id
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.evidence.commands import note_link
from pipeline.evidence.model import Evidence
from pipeline.evidence.store import EVIDENCE, fact_of, facts_about
from pipeline.holders import holder_for
from pipeline.opportunities.model import (
    CreditShare,
    GateClosed,
    Holder,
    Opportunity,
    Statement,
    open_opportunity,
    opportunity_id,
    record_refusal,
    refusal_id,
)
from pipeline.opportunities.references import require_known
from pipeline.opportunities.store import GATE_REFUSALS, OPPORTUNITIES
from pipeline.templates.model import Process
from pipeline.templates.store import newest, process

PAPERS = (
    "contracts",
    "deal_facts",
    "deductions",
    "follow_ups",
    "gate_refusals",
    "hand_overs",
    "invoices",
    "orders",
    "outcome_reviews",
    "payment_milestones",
    "payments",
    "playbook_progress",
    "quotes",
    "requirement_changes",
    "tenders",
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a person opens a deal: on which process, at which stage, for whom."""

    template: str = "standard"
    stage: int | str | None = None
    owner_id: str | None = None
    intent: str = "none"
    buyer_stage: int | None = None
    opened_on: date | None = None
    external_id: str | None = None


async def open_new_opportunity(
    work: Work, opening: Opening, values: dict[str, Any], *, today: date
) -> Opportunity:
    """A new deal, the caller's own unless another owner is named."""
    holder = await holder_for(work, opening.owner_id or acting_staff(work), "opportunities:write")
    return await open_for(work, holder, opening, values, today=today)


async def open_for(
    work: Work, holder: Holder, opening: Opening, values: dict[str, Any], *, today: date
) -> Opportunity:
    """A new deal of `holder`, whoever asks for it."""
    chosen = await newest(work.db, opening.template)
    if chosen is None:
        raise ValidationFailed(copies.unknown("/template", "流程模板", "process template"))
    await require_known(work, values)
    if opening.opened_on is not None and opening.opened_on > today:
        raise _wrong("/opened_on", "in-future", "不能晚于今天", "is after today")
    deal = open_opportunity(
        chosen,
        holder,
        values,
        identifier=await new_identifier(work, opening.external_id),
        stage=stage_number(chosen, opening.stage, default=1),
        opened_on=opening.opened_on or today,
        now=work.now,
        external_id=opening.external_id,
        intent=opening.intent,
        buyer_stage=opening.buyer_stage,
    )
    work.add(OPPORTUNITIES, deal)
    deal.learn(chosen, [], {})
    return deal


async def update_opportunity(work: Work, identifier: str, changes: dict[str, Any]) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:write")
    await require_known(work, changes)
    shared_with = list(deal.collaborator_ids)
    deal.update(changes, now=work.now)
    await learn_all(work, deal)
    if deal.collaborator_ids != shared_with:
        share_papers(work, deal)
    return deal


async def change_intent(
    work: Work, identifier: str, intent: str, reason: str | None
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:write")
    deal.change_intent(intent, reason)
    return deal


async def change_opportunity_owner(work: Work, identifier: str, owner_id: str) -> Opportunity:
    """Hand a deal to somebody else: a superior's decision, about both people."""
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:change-owner")
    holder = await holder_for(work, owner_id, "opportunities:change-owner")
    deal.hand_to(holder.staff_id, holder.team_id, holder.region)
    return deal


async def set_buyer_stage(
    work: Work,
    identifier: str,
    buyer_stage: int,
    evidence_id: str,
    statement: Statement | None = None,
) -> Opportunity:
    """Say where the buyer stands, and by which fact, or by whose words there, that is known.

    Raises:
        ValidationFailed: no fact of this deal or its customer, or nobody said it there.
    """
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:write")
    fact = await _fact(work, evidence_id, deal, "/evidence")
    met = {person.contact_id for person in fact.met}
    if statement is not None and statement.contact_id not in met:
        raise _wrong("/statement/contact_id", "not-there", "此人不在场", "was not met there")
    await note_link(work, fact, deal.id)
    deal.set_buyer_stage(
        await process_of(work.db, deal), buyer_stage, fact.event_id, statement=statement
    )
    return deal


async def link_evidence(work: Work, identifier: str, evidence_ids: list[str]) -> Opportunity:
    """Take facts that named only the customer as facts about this deal."""
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:link-evidence")
    for place, evidence_id in enumerate(evidence_ids):
        fact = await _fact(work, evidence_id, deal, f"/evidence/{place}")
        deal.link(fact)
        await note_link(work, fact, deal.id)
    await learn_all(work, deal)
    return deal


async def waive_gate(
    work: Work, identifier: str, milestones: list[str], reason: str
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:waive")
    by = acting_staff(work) or work.actor
    known = await process_of(work.db, deal)
    deal.waive(known, milestones, by=by, reason=reason, now=work.now)
    return deal


async def advance_opportunity(
    work: Work, identifier: str, to_stage: int | str | None
) -> Opportunity:
    """Move on, to the next stage unless another is named.

    Raises:
        GateClosed: with all that is missing; that it was tried is kept.
    """
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:advance")
    known = await process_of(work.db, deal)
    await learn_all(work, deal)
    try:
        deal.advance(known, stage_number(known, to_stage, default=deal.stage + 1), now=work.now)
    except GateClosed as closed:
        await _keep_refusal(work, deal, closed)
        raise
    return deal


async def win_opportunity(
    work: Work, identifier: str, *, amount: Money | None, closed_on: date | None, today: date
) -> Opportunity:
    """Won, if every gate up to it is open. Raises `GateClosed` like moving on."""
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:win")
    _require_past("/closed_on", closed_on, today)
    known = await process_of(work.db, deal)
    await learn_all(work, deal)
    try:
        deal.win(known, amount=amount, closed_on=closed_on or today, now=work.now)
    except GateClosed as closed:
        await _keep_refusal(work, deal, closed)
        raise
    return deal


async def lose_opportunity(
    work: Work,
    identifier: str,
    *,
    reasons: list[str],
    note: str | None,
    winner: str | None,
    closed_on: date | None,
    today: date,
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:lose")
    _require_past("/closed_on", closed_on, today)
    deal.lose(
        await process_of(work.db, deal),
        reasons=reasons,
        note=note,
        winner=winner,
        closed_on=closed_on or today,
    )
    return deal


async def move_opportunity_back(
    work: Work, identifier: str, to_stage: int | str, reason: str
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:move-back")
    known = await process_of(work.db, deal)
    deal.move_back(known, stage_number(known, to_stage, default=1), reason, now=work.now)
    return deal


async def reopen_opportunity(
    work: Work, identifier: str, reason: str, *, today: date
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:reopen")
    deal.reopen(await process_of(work.db, deal), reason, today=today, now=work.now)
    return deal


async def agree_credit(work: Work, identifier: str, shares: list[CreditShare]) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:share-credit")
    deal.agree_credit(shares)
    return deal


async def park_opportunity(
    work: Work, identifier: str, wake_on: date, reason: str | None, *, today: date
) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:park")
    if wake_on <= today:
        raise _wrong("/wake_on", "not-in-future", "须晚于今天", "must be after today")
    deal.park(wake_on, reason)
    return deal


async def wake_opportunity(work: Work, identifier: str) -> Opportunity:
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:park")
    deal.wake()
    return deal


# What several commands need


async def process_of(db: Database, deal: Opportunity) -> Process:
    return await process(db, deal.template, deal.template_version)


def stage_number(known: Process, named: int | str | None, *, default: int) -> int:
    """A stage by its number or its code."""
    if named is None:
        return default
    if isinstance(named, int):
        return named
    stage = known.stage_called(named)
    if stage is None:
        raise ValidationFailed(copies.unknown("/stage", "阶段", "stage"))
    return stage.number


async def new_identifier(work: Work, external_id: str | None) -> str:
    """An id of its own; by its external id where it has one, so that it is taken once."""
    if external_id is None:
        return new_id()
    identifier = opportunity_id("api", external_id)
    if await work.find(OPPORTUNITIES, identifier) is not None:
        raise Duplicate(
            {CHINESE: f"外部编号 {external_id} 已存在", ENGLISH: f"{external_id} is taken already"}
        )
    return identifier


async def learn_all(work: Work, deal: Opportunity) -> None:
    """Look at all that is known: flag what was withdrawn, record what is proven by now."""
    evidence = await facts_about(work.db, deal.id, deal.linked_evidence, deal.proofs)
    contacts = [person.contact_id for fact in evidence for person in fact.met]
    deal.check(evidence)
    known = await process_of(work.db, deal)
    deal.learn(known, about(deal, evidence), await copies.buying_roles(work, contacts))


def about(deal: Opportunity, evidence: list[Evidence]) -> list[Evidence]:
    """Those facts that count for the deal: they name it or were linked to it."""
    return [
        fact
        for fact in evidence
        if deal.id in fact.opportunity_ids or fact.id in deal.linked_evidence
    ]


async def _fact(work: Work, evidence_id: str, deal: Opportunity, pointer: str) -> Evidence:
    """A fact of this deal or its customer."""
    document = await work.document(EVIDENCE, evidence_id)
    fact = None if document is None else fact_of(document)
    if fact is not None and fact.stands:
        names_deal = deal.id in fact.opportunity_ids
        names_customer = not fact.opportunity_ids and fact.customer_id == deal.customer_id
        if names_deal or (names_customer and deal.customer_id is not None):
            return fact
    raise ValidationFailed(copies.unknown(pointer, "依据", "evidence of this deal or its customer"))


def share_papers(work: Work, deal: Opportunity) -> None:
    """Whoever sees a deal sees its papers."""
    for papers in PAPERS:
        work.update_many(
            papers,
            {"opportunity_id": deal.id},
            {"$set": {"collaborator_ids": deal.collaborator_ids}},
        )


async def _keep_refusal(work: Work, deal: Opportunity, closed: GateClosed) -> None:
    """Once per deal, gate and set of missing evidence; the deal itself is not changed."""
    if await work.find(GATE_REFUSALS, refusal_id(deal, closed)) is None:
        work.keep(GATE_REFUSALS, record_refusal(deal, closed))


def _require_past(pointer: str, on: date | None, today: date) -> None:
    if on is not None and on > today:
        raise _wrong(pointer, "in-future", "不能晚于今天", "is after today")


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
