"""Clocks follow the facts of deals and follow-ups, and arm the timers of what comes due.

`keep_time` and `keep_next` are told those facts in the unit that recorded them; the handlers of
timers look again when they fire, so that leave, holidays and another owner count as they are then.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from chassis.facts import Recorded
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar
from pipeline.clocks.model import (
    DEFAULT,
    INTENT_CONFIRMED,
    NEGOTIATING,
    POLICY_ID,
    QUOTED,
    DealClock,
    NotDueYet,
    NothingToJudge,
    ReviewPolicy,
    Rule,
    default_policy,
)
from pipeline.clocks.store import REVIEW_POLICIES, clock_of, keep_clock
from pipeline.follow_ups.model import (
    PLANNED,
    FollowUp,
    FollowUpCancelled,
    FollowUpDone,
    FollowUpPlanned,
)
from pipeline.follow_ups.store import FOLLOW_UPS
from pipeline.opportunities.model import (
    OPEN,
    IntentChanged,
    MilestoneProven,
    Opportunity,
    OpportunityFollowUpDue,
    OpportunityJudgementDue,
    OpportunityOpened,
    OpportunityOwnerChanged,
    OpportunityParked,
    OpportunityRecheckDue,
    OpportunityReopened,
    OpportunityUpdated,
    StageAdvanced,
)
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.quotes.model import Quote
from pipeline.quotes.model.facts import QuoteSent
from pipeline.rates.model import ExchangeRateUnknown
from pipeline.rates.queries import converted
from pipeline.superiors import superiors_of

RECHECK, JUDGEMENT, WAKE, FOLLOW_UP = (
    "opportunity_recheck",
    "opportunity_judgement",
    "opportunity_wake",
    "opportunity_follow_up",
)
NODES = {"quotation": QUOTED, "negotiation": NEGOTIATING}
"""Stages, by their codes, at which the customer is contacted."""


# Told of facts


async def keep_time(work: Work, deal: Opportunity, recorded: list[Recorded]) -> None:
    """Every fact of a deal, to its clock. A deal that comes to us closed gets none."""
    facts = [one.fact for one in recorded]
    is_new = any(isinstance(fact, OpportunityOpened) for fact in facts)
    clock = None if is_new else await clock_of(work, deal.id)
    if clock is None:
        if deal.status != OPEN:
            return
        clock = DealClock(id=deal.id, since=work.now)
    elif not any(isinstance(fact, MOVING) for fact in facts) and deal.status == OPEN:
        return
    before = clock.standing
    for fact in facts:
        _move(work, clock, fact)
    if deal.status != OPEN:
        clock.stop()
    if any(isinstance(fact, OpportunityOwnerChanged) for fact in facts):
        await _hand_follow_ups_on(work, clock, deal)
    await _ask_at_nodes(work, clock, facts)
    _settle(clock, deal, before)
    await _arm(work, clock, deal)
    keep_clock(work, clock, deal)


async def keep_next(work: Work, follow_up: FollowUp, recorded: list[Recorded]) -> None:
    """A follow-up of a deal: planned, it is the deal's next one; done, it is so no more."""
    if follow_up.opportunity_id is None:
        return
    deal = await work.find(OPPORTUNITIES, follow_up.opportunity_id)
    if deal is None:
        return
    clock = await clock_of(work, deal.id) or DealClock(id=deal.id, since=work.now)
    before = clock.standing
    for fact in (one.fact for one in recorded):
        match fact:
            case FollowUpPlanned():
                clock.expect(follow_up.id, follow_up.plan.at)
            case FollowUpDone() if fact.commitment is not None:
                # A customer who names a date moves: that is progress, whatever the stage.
                clock.forget(follow_up.id)
                clock.progress(fact.done_at)
            case FollowUpDone() | FollowUpCancelled():
                clock.forget(follow_up.id)
    if deal.status != OPEN:
        clock.stop()
    _settle(clock, deal, before)
    await _arm(work, clock, deal)
    keep_clock(work, clock, deal)


async def keep_quoted(work: Work, quote: Quote, recorded: list[Recorded]) -> None:
    """A quote was sent 报价: one of the nodes at which the customer is contacted."""
    sent = any(isinstance(one.fact, QuoteSent) for one in recorded)
    if not sent or quote.opportunity_id is None:
        return
    deal = await work.find(OPPORTUNITIES, quote.opportunity_id)
    clock = await clock_of(work, quote.opportunity_id)
    if deal is not None and clock is not None:
        await ask_for_follow_up(work, clock, QUOTED)
        keep_clock(work, clock, deal)


MOVING = (
    StageAdvanced,
    MilestoneProven,
    IntentChanged,
    OpportunityOwnerChanged,
    OpportunityParked,
    OpportunityReopened,
    OpportunityUpdated,
)


def _move(work: Work, clock: DealClock, fact: object) -> None:
    match fact:
        case StageAdvanced():
            clock.progress(work.now)
        case MilestoneProven():
            clock.progress(min(fact.proven_at, work.now))
        case OpportunityReopened():
            clock.restart(work.now)
        case OpportunityParked(is_parked=True):
            clock.pause(work.now)
        case OpportunityParked():
            clock.resume(work.now)


def _settle(clock: DealClock, deal: Opportunity, before: frozenset[str]) -> None:
    settled = before - clock.standing
    if settled:
        deal.settle_due(sorted(settled))


async def _hand_follow_ups_on(work: Work, clock: DealClock, deal: Opportunity) -> None:
    """Whoever has the deal keeps its appointments."""
    for follow_up_id in sorted(clock.planned):
        follow_up = await work.find(FOLLOW_UPS, follow_up_id)
        if follow_up is not None and follow_up.status == PLANNED and deal.owner_id is not None:
            follow_up.hand_to(deal.owner_id, deal.team_id, deal.region)


async def _ask_at_nodes(work: Work, clock: DealClock, facts: Iterable[object]) -> None:
    for fact in facts:
        match fact:
            case IntentChanged(intent="confirmed"):
                await ask_for_follow_up(work, clock, INTENT_CONFIRMED)
            case StageAdvanced() if fact.stage.code in NODES:
                await ask_for_follow_up(work, clock, NODES[fact.stage.code])


async def ask_for_follow_up(work: Work, clock: DealClock, node: str) -> None:
    """A node was reached: unless a follow-up is planned within two working days, it is told."""
    if clock.ask_for_follow_up(node):
        days = await calendar.workdays(work)
        on = days.add_working_days(
            days.local_date(work.now), (await rule(work)).node_within_working_days
        )
        set_timer(work, FOLLOW_UP, clock.id, days.opens_at(on))


async def _arm(work: Work, clock: DealClock, deal: Opportunity) -> None:
    """Timers as the clock stands now: what is due is set, what is satisfied is cancelled."""
    days, numbers = await calendar.workdays(work), await rule(work)
    wanted = {
        RECHECK: clock.untold_recheck(numbers, days),
        JUDGEMENT: clock.untold_judgement(numbers, days),
        WAKE: _wake_on(deal),
    }
    for kind, due in wanted.items():
        if due is None:
            cancel_timer(work, kind, deal.id)
        else:
            set_timer(work, kind, deal.id, days.opens_at(days.next_working(due)))
    if clock.node is None:
        cancel_timer(work, FOLLOW_UP, deal.id)


def _wake_on(deal: Opportunity) -> date | None:
    return deal.wake_on if deal.status == OPEN and deal.is_parked else None


# Told by timers


async def recheck_is_due(work: Work, timer: Timer) -> None:
    deal, clock = await _running(work, timer.subject)
    if deal is None or clock is None:
        return
    due = clock.untold_recheck(await rule(work), await calendar.workdays(work))
    if due is None or await _is_put_off(work, timer, deal, due):
        return
    clock.recheck_told = True
    deal.come_due(
        OpportunityRecheckDue(
            since=clock.since, due_on=due, reviewer_id=await reviewer_of(work, deal)
        )
    )
    keep_clock(work, clock, deal)


async def judgement_is_due(work: Work, timer: Timer) -> None:
    deal, clock = await _running(work, timer.subject)
    if deal is None or clock is None:
        return
    due = clock.untold_judgement(await rule(work), await calendar.workdays(work))
    if due is None or await _is_put_off(work, timer, deal, due):
        return
    clock.judgement_told = True
    deal.come_due(
        OpportunityJudgementDue(
            since=clock.since,
            due_on=due,
            continued=clock.continued,
            reviewer_id=await reviewer_of(work, deal),
        )
    )
    keep_clock(work, clock, deal)


async def waking_is_due(work: Work, timer: Timer) -> None:
    """A parked deal comes back into the funnel, its clock with what was left."""
    deal = await work.find(OPPORTUNITIES, timer.subject)
    if deal is not None and deal.status == OPEN:
        deal.wake()


async def follow_up_is_due(work: Work, timer: Timer) -> None:
    deal, clock = await _running(work, timer.subject)
    if deal is not None and clock is not None and clock.node is not None:
        deal.come_due(OpportunityFollowUpDue(node=clock.node))


async def _running(work: Work, identifier: str) -> tuple[Opportunity | None, DealClock | None]:
    deal = await work.find(OPPORTUNITIES, identifier)
    clock = await clock_of(work, identifier)
    if deal is None or deal.status != OPEN or clock is None or not clock.runs:
        return None, None
    return deal, clock


async def _is_put_off(work: Work, timer: Timer, deal: Opportunity, due: date) -> bool:
    """It waits, for two weeks at most, until owner and reviewer are both there."""
    reviewer = await reviewer_of(work, deal)
    people = [one for one in (deal.owner_id, reviewer) if one is not None]
    days = await calendar.workdays(work)
    day = await calendar.when_present(work, people, due)
    # An early fact that is learned late may be overdue at once; nobody is told on a Sunday.
    at = days.opens_at(max(day, days.next_working(days.local_date(work.now))))
    if at > work.now:
        set_timer(work, timer.kind, timer.subject, at)
        return True
    return False


# Told by reviewers


async def recheck(work: Work, deal: Opportunity) -> None:
    """Looked at again: what was due is satisfied, and nothing is set back."""
    clock = await _clock_under_review(work, deal)
    before = clock.standing
    clock.recheck(work.now)
    _settle(clock, deal, before)
    await _arm(work, clock, deal)
    keep_clock(work, clock, deal)


async def keep_on(work: Work, deal: Opportunity, event_on: date) -> None:
    """The deal is continued: its clock waits for the event at the customer.

    Raises:
        ContinuedTooOften: twice is all.
        NotDueYet: its thirty days are not over.
        ValidationFailed: the event lies not ahead, or too far.
    """
    clock = await _clock_under_review(work, deal)
    numbers = await rule(work)
    due = clock.judgement_due_on(numbers, await calendar.workdays(work))
    if due is not None and work.today < due:
        raise NotDueYet(due)
    before = clock.standing
    clock.keep_on(event_on, numbers, today=work.today)
    _settle(clock, deal, before)
    await _arm(work, clock, deal)
    keep_clock(work, clock, deal)


async def _clock_under_review(work: Work, deal: Opportunity) -> DealClock:
    clock = await clock_of(work, deal.id)
    if clock is None:
        raise NothingToJudge
    return clock


# What others ask


async def change_policy(work: Work, changes: dict[str, Any]) -> ReviewPolicy:
    """It holds for what is armed from now on; timers that are set look again when they fire."""
    await work.scope("review-policy:write")
    policy = await work.find(REVIEW_POLICIES, POLICY_ID)
    if policy is None:
        policy = work.add(REVIEW_POLICIES, default_policy())
    policy.change(changes)
    return policy


async def rule(work: Work) -> Rule:
    policy = await work.find(REVIEW_POLICIES, POLICY_ID)
    return DEFAULT if policy is None else policy.rule


async def is_large(work: Work, deal: Opportunity) -> bool:
    """Whether it is reviewed one level up; so is an amount that nobody can convert."""
    amount = deal.terms.amount
    if amount is None:
        return False
    try:
        own = await converted(work, amount, work.today)
    except ExchangeRateUnknown:
        return True
    return own.amount > (await rule(work)).manager_reviews_above


async def reviewer_of(work: Work, deal: Opportunity) -> str | None:
    """Whose review the deal is: the owner's direct superior's, of a large one the next above."""
    above = [] if deal.owner_id is None else await superiors_of(work, deal.owner_id)
    if len(above) > 1 and await is_large(work, deal):
        return above[1]
    return above[0] if above else None
