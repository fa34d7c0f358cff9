"""What a reviewer does: goes through deals, confirms the unchanged ones, re-checks, judges."""

from dataclasses import dataclass, field
from datetime import date

from chassis import organisation
from chassis.problems import FieldError, Forbidden, ValidationFailed
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.clocks import commands as clocks
from pipeline.funnel_reviews.model import (
    CONTINUE,
    PARK,
    STOP,
    Assignment,
    ForAHigherReviewer,
    FunnelReview,
    Happened,
    Judgement,
    Minutes,
    Promise,
    Recheck,
    ReviewedByOneself,
    open_review,
    review_id,
    week_of,
)
from pipeline.funnel_reviews.since import (
    MadePromise,
    as_last_time,
    happened,
    judged,
    last_times,
    since_last_time,
    still_ahead,
)
from pipeline.funnel_reviews.store import FUNNEL_REVIEWS, LAST_REVIEWS
from pipeline.opportunities.commands import lose_opportunity, park_opportunity
from pipeline.opportunities.model import OPEN, Opportunity
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.superiors import superiors_of


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the reviewer says about one deal."""

    opportunity_id: str
    work_done: str | None = None
    progress: str | None = None
    problems: str | None = None
    next: str | None = None
    promised: list[Promise] = field(default_factory=list)
    tasks: list[Assignment] = field(default_factory=list)


async def hold_funnel_review(
    work: Work, person_id: str, week: date | None, entries: list[Entry], unchanged: list[str]
) -> FunnelReview:
    """Go through somebody's deals, those that did not change together.

    Last week's promises are judged by what happened, not by what is said of them.
    """
    named = [f"/deals/{place}/opportunity_id" for place in range(len(entries))]
    named += [f"/unchanged/{place}" for place in range(len(unchanged))]
    identifiers = [entry.opportunity_id for entry in entries] + unchanged
    deals = await _deals_of(work, person_id, dict(zip(named, identifiers, strict=True)))
    review = await _sheet(work, person_id, deals, week)
    await _require_tasks_for_known_people(work, entries)
    await _go_through(work, review, deals, entries, unchanged)
    return review


async def confirm_unchanged(
    work: Work, identifier: str, opportunity_ids: list[str]
) -> FunnelReview:
    """Deals that are as they were last time, confirmed together."""
    review = await reach(work, FUNNEL_REVIEWS, identifier, "funnel-reviews:hold")
    pointers = {f"/opportunity_ids/{place}": one for place, one in enumerate(opportunity_ids)}
    deals = await _deals_of(work, review.person_id, pointers)
    await _require_reviewer(work, review.person_id, deals)
    await _go_through(work, review, deals, [], opportunity_ids)
    return review


async def recheck_opportunity(
    work: Work, opportunity_id: str, information: str, next_step: str | None
) -> FunnelReview:
    """Day 15: the reviewer looks again, with new information. The clock goes on as it did."""
    deal, review = await _deal_and_sheet(work, opportunity_id)
    await clocks.recheck(work, deal)
    review.recheck(
        Recheck(
            opportunity_id=deal.id,
            customer_id=deal.customer_id,
            information=information,
            next=next_step,
        )
    )
    return review


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a deal after 30 days: `event` and its day, or a day to wake up."""

    outcome: str
    reason: str
    event: str | None = None
    event_on: date | None = None
    wake_on: date | None = None


async def judge_intent(work: Work, opportunity_id: str, verdict: Verdict) -> FunnelReview:
    """Day 30: go on until a dated event at the customer, park, or stop (lost: no intent)."""
    deal, review = await _deal_and_sheet(work, opportunity_id)
    review.judge(
        Judgement(
            opportunity_id=deal.id,
            customer_id=deal.customer_id,
            outcome=verdict.outcome,
            reason=verdict.reason,
            event=verdict.event,
            event_on=verdict.event_on,
            wake_on=verdict.wake_on,
        )
    )
    if verdict.outcome == CONTINUE and verdict.event_on is not None:
        await clocks.keep_on(work, deal, verdict.event_on)
    elif verdict.outcome == PARK and verdict.wake_on is not None:
        await park_opportunity(work, deal.id, verdict.wake_on, verdict.reason, today=work.today)
    elif verdict.outcome == STOP:
        await lose_opportunity(
            work,
            deal.id,
            reasons=["no_intent"],
            note=verdict.reason,
            winner=None,
            closed_on=None,
            today=work.today,
        )
    return review


# Inside


async def _go_through(
    work: Work,
    review: FunnelReview,
    deals: dict[str, Opportunity],
    entries: list[Entry],
    unchanged: list[str],
) -> None:
    days = await calendar.workdays(work)
    last = await last_times(work.db, list(deals.values()), work.now)
    facts = await happened(work.db, list(deals.values()), last)
    _require_unchanged(
        {one: since_last_time(facts[one], last[one]) for one in unchanged},
        {one for one in unchanged if last[one].is_first},
    )
    said = [*entries, *(Entry(opportunity_id=one) for one in unchanged)]
    minutes = [
        Minutes(
            opportunity_id=entry.opportunity_id,
            customer_id=deals[entry.opportunity_id].customer_id,
            seen=deals[entry.opportunity_id].version,
            work_done=entry.work_done,
            progress=entry.progress,
            problems=entry.problems,
            next=entry.next,
            promised=entry.promised,
            promises=judged(
                last[entry.opportunity_id], facts[entry.opportunity_id], days, work.now
            ),
            tasks=entry.tasks,
            is_unchanged=entry.opportunity_id in unchanged,
        )
        for entry in said
    ]
    review.hold(minutes, now=work.now)
    for entry in said:
        deal = deals[entry.opportunity_id]
        made = [
            MadePromise(promise=one, made_at=work.now, seen=deal.version) for one in entry.promised
        ]
        standing = still_ahead(last[deal.id], facts[deal.id], days, work.now)
        work.put(LAST_REVIEWS, as_last_time(deal, review.id, [*standing, *made], work.now))


def _require_unchanged(changed: dict[str, list[Happened]], never: set[str]) -> None:
    errors: list[FieldError] = []
    for place, (deal, facts) in enumerate(changed.items()):
        pointer = f"/unchanged/{place}"
        if deal in never:
            zh, en = "从未检查过，须逐项检查", "was never gone through; say something about it"
            errors.append(copies.field_error(pointer, "never-reviewed", zh, en))
        elif facts:
            zh = f"上次检查后有 {len(facts)} 项变化"
            en = f"{len(facts)} things happened since last time"
            errors.append(copies.field_error(pointer, "changed", zh, en))
    if errors:
        raise ValidationFailed(errors)


async def _deals_of(work: Work, person_id: str, named: dict[str, str]) -> dict[str, Opportunity]:
    """Open deals of that person; `named`: where in the request each is."""
    deals = await work.find_many(OPPORTUNITIES, sorted(set(named.values())))
    errors = []
    for pointer, identifier in named.items():
        deal = deals.get(identifier)
        if deal is None or deal.owner_id != person_id or deal.status != OPEN:
            errors.append(copies.unknown(pointer, "该人员的进行中商机", "open deal of that person"))
    if len(set(named.values())) < len(named):
        zh, en = "同一商机出现多次", "a deal is named twice"
        errors.append(copies.field_error("", "twice", zh, en))
    if errors:
        raise ValidationFailed(errors)
    return deals


async def _deal_and_sheet(work: Work, opportunity_id: str) -> tuple[Opportunity, FunnelReview]:
    deal = await reach(work, OPPORTUNITIES, opportunity_id, "opportunities:read")
    person_id = deal.owner_id or ""
    return deal, await _sheet(work, person_id, {deal.id: deal}, None)


async def _sheet(
    work: Work, person_id: str, deals: dict[str, Opportunity], week: date | None
) -> FunnelReview:
    """The reviewer's sheet on that person for the week; a blank one, if there is none yet."""
    stamp = await _require_reviewer(work, person_id, deals)
    monday = week_of(week or work.today)
    if monday > work.today:
        zh, en = "不能是将来的周", "is a week to come"
        raise ValidationFailed(copies.field_error("/week", "in-future", zh, en))
    by = acting_staff(work)
    found = await work.find(FUNNEL_REVIEWS, review_id(person_id, by, monday))
    if found is not None:
        return found
    return work.add(
        FUNNEL_REVIEWS,
        open_review(
            person_id=person_id,
            reviewer_id=by,
            week=monday,
            team_id=stamp.team_id,
            region=stamp.region,
        ),
    )


async def _require_reviewer(
    work: Work, person_id: str, deals: dict[str, Opportunity]
) -> organisation.Stamp:
    """Somebody above that person; for a large deal, not the nearest if there is a next one.

    Raises:
        ReviewedByOneself: nobody goes through deals of one's own.
        ForAHigherReviewer: the manager reviews deals above an amount.
        Forbidden: the person is out of the caller's reach.
    """
    scope = await work.scope("funnel-reviews:hold")
    by = acting_staff(work)
    if by == person_id:
        raise ReviewedByOneself
    stamp = await organisation.stamp(work, person_id)
    if not stamp.exists:
        raise ValidationFailed(copies.unknown("/person_id", "人员", "member of staff"))
    if not by or not scope.allows({"owner_id": person_id, "team_id": stamp.team_id}):
        raise Forbidden
    above = await superiors_of(work, person_id)
    if len(above) > 1 and by == above[0]:
        large = [deal.id for deal in deals.values() if await clocks.is_large(work, deal)]
        if large:
            raise ForAHigherReviewer(members={"opportunity_ids": large, "reviewer_id": above[1]})
    return stamp


async def _require_tasks_for_known_people(work: Work, entries: list[Entry]) -> None:
    errors = []
    for place, entry in enumerate(entries):
        for number, task in enumerate(entry.tasks):
            staff = await work.document(organisation.STAFF, task.owner_id)
            if staff is None or not staff["is_active"]:
                pointer = f"/deals/{place}/tasks/{number}/owner_id"
                errors.append(copies.unknown(pointer, "人员", "member of staff"))
    if errors:
        raise ValidationFailed(errors)
