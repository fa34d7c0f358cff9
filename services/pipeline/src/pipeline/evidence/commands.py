"""Facts come in, in any order, and go again. By id only: consumers call this in slices."""

from dataclasses import replace
from datetime import datetime

from chassis.work import Work

from pipeline import copies
from pipeline.evidence.model import Evidence
from pipeline.evidence.store import EVIDENCE, document_of, fact_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.templates.store import process


async def note_fact(work: Work, fact: Evidence) -> None:
    """Keep a fact, and let it prove what it can of the deals that it names.

    It replaces what was known under its id; a deal that it no longer names loses that proof.
    """
    before = await work.document(EVIDENCE, fact.id)
    if before is not None:
        earlier = fact_of(before)
        fact = replace(fact, linked_to=earlier.linked_to)
        if earlier.withdrawn_at is not None and fact.at < earlier.withdrawn_at:
            # The withdrawal has overtaken the fact: both are known now, and it proves nothing.
            fact = replace(
                fact,
                withdrawn_by=earlier.withdrawn_by,
                withdrawn_reason=earlier.withdrawn_reason,
                withdrawn_at=earlier.withdrawn_at,
            )
        dropped = [one for one in earlier.opportunity_ids if one not in fact.opportunity_ids]
        await _doubt(work, earlier, dropped, "it no longer names the deal")
    work.put(EVIDENCE, document_of(fact))
    if not fact.stands:
        return
    roles = await copies.buying_roles(work, [person.contact_id for person in fact.met])
    for opportunity_id in fact.opportunity_ids:
        deal = await work.find(OPPORTUNITIES, opportunity_id)
        if deal is not None:
            known = await process(work.db, deal.template, deal.template_version)
            deal.learn(known, [fact], roles)


async def withdraw_fact(
    work: Work, evidence_id: str, by_event: str, reason: str, *, at: datetime | None = None
) -> None:
    """A fact no longer stands: what it proved is flagged on the deals that count it.

    `at` is given where the withdrawal may come before the fact, and is then kept for it.
    """
    document = await work.document(EVIDENCE, evidence_id)
    if document is None and at is None:
        return
    known = fact_of(document) if document else _unheard_of(evidence_id, by_event, at or work.now)
    if at is not None and at < (known.withdrawn_at or known.at):
        return
    if not known.stands and at is None:
        return
    withdrawn = replace(known, withdrawn_by=by_event, withdrawn_reason=reason, withdrawn_at=at)
    work.put(EVIDENCE, document_of(withdrawn))
    await _doubt(work, known, [*known.opportunity_ids, *known.linked_to], reason)


async def note_link(work: Work, fact: Evidence, opportunity_id: str) -> None:
    """A deal counts a fact that does not name it: it hears of the fact's withdrawal, too."""
    if opportunity_id in fact.opportunity_ids or opportunity_id in fact.linked_to:
        return
    linked = replace(fact, linked_to=[*fact.linked_to, opportunity_id])
    work.put(EVIDENCE, document_of(linked))


def _unheard_of(evidence_id: str, by_event: str, at: datetime) -> Evidence:
    kind = evidence_id.partition(":")[0]
    return Evidence(id=evidence_id, kind=kind, event_id=by_event, at=at)


async def _doubt(work: Work, fact: Evidence, opportunity_ids: list[str], reason: str) -> None:
    for opportunity_id in opportunity_ids:
        deal = await work.find(OPPORTUNITIES, opportunity_id)
        if deal is not None:
            deal.doubt(fact.event_id, reason)
