"""Giving leads out: by hand, to whoever knows the company, or by rule; and when nobody answers.

The clock of the first response is a timer, set and cancelled with what starts and stops it. It
counts by the working calendar as it was known when it started.
"""

from chassis import organisation
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar
from pipeline.lead_assignment.commands import choose_owner, is_available, policy_of
from pipeline.lead_assignment.model import PolicyTerms, Traits
from pipeline.leads.duplicates import CUSTOMER, LEAD, REFUSED_FROM
from pipeline.leads.model import ASSIGNED, CONTACTED, REFUSED, Lead, Term
from pipeline.leads.store import LEADS, leads_held_by

RESPONSE, LEAVER = "lead_response", "lead_leaver"
AT_ONCE = 50


async def policy_terms(work: Work) -> PolicyTerms:
    return (await policy_of(work)).terms


async def give_out(
    work: Work, lead: Lead, *, owner_id: str | None = None, way: str = "person"
) -> None:
    """To `owner_id`; else to whoever knows the company already; else by rule; else the pool."""
    if owner_id is not None and await is_available(work, owner_id):
        await start_clock(work, lead, owner_id, way=way)
        return
    for known in lead.likely:
        is_sure = known.kind in (CUSTOMER, LEAD) and known.score >= REFUSED_FROM
        if is_sure and known.owner_id and await is_available(work, known.owner_id):
            knows = "customer_owner" if known.kind == CUSTOMER else "lead_owner"
            await start_clock(work, lead, known.owner_id, way=knows)
            return
    choice = await choose_owner(work, traits_of(lead))
    if choice is not None:
        await start_clock(work, lead, choice.staff_id, way="rule", rule_id=choice.rule_id)
    elif lead.owner_id is not None:
        lead.give_back(way)


async def start_clock(
    work: Work, lead: Lead, staff_id: str, *, way: str, rule_id: str | None = None
) -> None:
    """It is theirs from now on, and the first response is due."""
    stamp = await organisation.stamp(work, staff_id)
    terms = await policy_terms(work)
    days = await calendar.workdays(work)
    due_at = days.add_working_time(work.now, terms.response_time(lead.temperature))
    term = Term(
        owner_id=staff_id,
        team_id=stamp.team_id,
        region=stamp.region,
        way=way,
        respond_by=due_at,
        rule_id=rule_id,
    )
    if way == "claim":
        lead.claim(term, at=work.now)
    else:
        lead.assign(term, at=work.now)
    set_timer(work, RESPONSE, lead.id, due_at)


async def hand_on(work: Work, lead: Lead, reason: str) -> None:
    """To the next one by rule, none of those who let it lapse; else back to the pool."""
    terms = await policy_terms(work)
    tried = [*lead.lapsed_by, *([lead.owner_id] if lead.owner_id else [])]
    choice = None
    if len(lead.lapsed_by) < terms.most_lapses:
        choice = await choose_owner(work, traits_of(lead), excluding=tried)
    if choice is not None:
        await start_clock(work, lead, choice.staff_id, way="rule", rule_id=choice.rule_id)
    elif lead.owner_id is not None:
        lead.give_back(reason)
        cancel_timer(work, RESPONSE, lead.id)


async def lapse_response(work: Work, timer: Timer) -> None:
    """Nobody answered in time: told, and given to the next one."""
    lead = await work.find(LEADS, timer.subject)
    if lead is None or not lead.is_overdue(work.now):
        return
    lead.lapse()
    await hand_on(work, lead, "lapsed")


def follow_leaver(work: Work, staff_id: str) -> None:
    """Somebody left: their leads are given out, in units of work of their own."""
    set_timer(work, LEAVER, staff_id, work.now)


async def give_out_of_leaver(work: Work, timer: Timer) -> None:
    staff_id = timer.subject
    held = await leads_held_by(work.db, staff_id, (ASSIGNED, CONTACTED, REFUSED), AT_ONCE)
    for lead in (await work.find_many(LEADS, held)).values():
        await hand_on(work, lead, "owner_left")
    if len(held) == AT_ONCE:
        follow_leaver(work, staff_id)


def traits_of(lead: Lead) -> Traits:
    return Traits(
        region=lead.company.region,
        channel=lead.origin_of.channel,
        temperature=lead.temperature,
        product_line=lead.product_line,
        campaign_id=lead.origin_of.campaign_id,
    )
