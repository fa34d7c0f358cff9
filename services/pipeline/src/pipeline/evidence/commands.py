"""Facts come in, in any order, and go again. By id only: consumers call this in slices."""

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
        dropped = [one for one in earlier.opportunity_ids if one not in fact.opportunity_ids]
        await _doubt(work, earlier, dropped, "it no longer names the deal")
    work.put(EVIDENCE, document_of(fact))
    roles = await copies.buying_roles(work, [person.contact_id for person in fact.met])
    for opportunity_id in fact.opportunity_ids:
        deal = await work.find(OPPORTUNITIES, opportunity_id)
        if deal is not None:
            known = await process(work.db, deal.template, deal.template_version)
            deal.learn(known, [fact], roles)


async def withdraw_fact(work: Work, evidence_id: str, by_event: str, reason: str) -> None:
    """A fact no longer stands: what it proved is flagged on the deals that it names."""
    document = await work.document(EVIDENCE, evidence_id)
    if document is None or document.get("withdrawn_by"):
        return
    work.put(EVIDENCE, document | {"withdrawn_by": by_event, "withdrawn_reason": reason})
    fact = fact_of(document)
    await _doubt(work, fact, fact.opportunity_ids, reason)


async def _doubt(work: Work, fact: Evidence, opportunity_ids: list[str], reason: str) -> None:
    for opportunity_id in opportunity_ids:
        deal = await work.find(OPPORTUNITIES, opportunity_id)
        if deal is not None:
            deal.doubt(fact.event_id, reason)
