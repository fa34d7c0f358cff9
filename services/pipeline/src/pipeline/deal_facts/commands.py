"""What can be told about a deal, and taken back. Each fact is evidence as long as it stands."""

from datetime import date

from chassis import files
from chassis.ids import new_id
from chassis.problems import NotFound, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.deal_facts.model import (
    FEASIBILITY,
    DealFact,
    Told,
    record_fact,
    require_consultant,
)
from pipeline.deal_facts.store import DEAL_FACTS
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence, Met
from pipeline.moments import beginning_of
from pipeline.opportunities.store import OPPORTUNITIES

CONFIRM, WRITE = "opportunities:confirm-feasibility", "opportunities:write"


async def tell_fact(
    work: Work, opportunity_id: str, told: Told, *, today: date, timezone: str
) -> DealFact:
    """A proposal was sent, or terms were agreed.

    Raises:
        ValidationFailed: a day to come, an unknown contact, no file of this deal.
    """
    return await _record(work, opportunity_id, told, WRITE, today, timezone)


async def confirm_feasibility(
    work: Work, opportunity_id: str, told: Told, *, today: date, timezone: str
) -> DealFact:
    """What the customer asks for can be done, says a consultant. Raises NotAConsultant."""
    require_consultant(work.caller.roles if work.caller else ())
    return await _record(work, opportunity_id, told, CONFIRM, today, timezone)


async def withdraw_deal_fact(
    work: Work, opportunity_id: str, fact_id: str, reason: str
) -> DealFact:
    """It proves nothing any more; what it proved is flagged, and the deal stays where it is."""
    fact = await work.load(DEAL_FACTS, fact_id)
    if fact.opportunity_id != opportunity_id:
        raise NotFound(DealFact.TYPE, fact_id)
    action = CONFIRM if fact.told.kind == FEASIBILITY else WRITE
    await reach(work, OPPORTUNITIES, opportunity_id, action)
    fact.withdraw(reason, acting_staff(work) or work.actor)
    await withdraw_fact(work, fact.evidence_id, fact.position, reason)
    return fact


async def _record(
    work: Work, opportunity_id: str, told: Told, action: str, today: date, timezone: str
) -> DealFact:
    deal = await reach(work, OPPORTUNITIES, opportunity_id, action)
    errors = await copies.unknown_contacts(work, told.contact_ids, "/contact_ids")
    if told.on > today:
        errors.append(copies.field_error("/on", "in-future", "不能晚于今天", "is after today"))
    if errors:
        raise ValidationFailed(errors)
    if told.file_id is not None:
        await files.require(work, told.file_id, record=deal.reference)
    by = acting_staff(work) or work.actor
    fact = work.add(DEAL_FACTS, record_fact(deal, told, identifier=new_id(), by=by))
    await note_fact(
        work,
        Evidence(
            id=fact.evidence_id,
            kind=told.kind,
            event_id=fact.position,
            at=work.now if told.on == today else beginning_of(told.on, timezone),
            customer_id=deal.customer_id,
            opportunity_ids=[deal.id],
            met=[Met(contact_id=contact_id) for contact_id in told.contact_ids],
        ),
    )
    return fact
