"""The worklist of a week, which fills itself, and reviews as they were held."""

from dataclasses import dataclass
from datetime import date

from chassis.clock import local_date
from chassis.door import Reading
from chassis.mongo import Document
from chassis.pages import Page, page
from chassis.workdays import Workdays

from pipeline import calendar
from pipeline.clocks.model import DealClock
from pipeline.clocks.queries import clocks, rule
from pipeline.funnel_reviews.model import (
    LARGE,
    NO_NEXT_STEP,
    NO_PROGRESS,
    SLIPPED,
    FunnelReview,
    Happened,
    JudgedPromise,
    by_concern,
)
from pipeline.funnel_reviews.since import (
    LastTime,
    happened,
    judged,
    last_times,
    since_last_time,
)
from pipeline.funnel_reviews.store import FUNNEL_REVIEWS
from pipeline.opportunities.model import OPEN, Opportunity
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.rates.store import latest_rate

MOST_DEALS = 500


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A deal that waits to be gone through, with what is known of it since last time."""

    deal: Opportunity
    clock: DealClock | None
    last: LastTime
    facts: list[Happened]
    promises: list[JudgedPromise]
    concerns: list[str]
    is_reviewed: bool

    @property
    def order(self) -> tuple[object, ...]:
        amount = self.deal.terms.amount
        return (*by_concern(self.concerns), -(amount.amount if amount else 0), self.deal.id)


@dataclass(frozen=True, kw_only=True)
class Worklist:
    deals: list[Waiting]
    is_complete: bool
    days: Workdays


async def worklist(reader: Reading, person_id: str, week: date) -> Worklist:
    """A person's open deals in the order of concern: what happened to each since last time.

    Parked deals are no work; neither are those the caller may not see.
    """
    scope = await reader.scope("opportunities:read")
    mine = {"owner_id": person_id, "status": OPEN, "is_parked": False}
    found = reader.db[OPPORTUNITIES.collection].find({"$and": [scope.filter(), mine]})
    documents = await found.sort("_id", 1).limit(MOST_DEALS + 1).to_list()
    deals = [OPPORTUNITIES.aggregate(document) for document in documents[:MOST_DEALS]]
    days = await calendar.workdays_shown(reader)
    last = await last_times(reader.db, deals, reader.now)
    facts = await happened(reader.db, deals, last)
    running = await clocks(reader.db, [deal.id for deal in deals])
    reviewed = await _reviewed(reader, person_id, week)
    large = await _large(reader, deals, days.local_date(reader.now))
    waiting = [
        Waiting(
            deal=deal,
            clock=running.get(deal.id),
            last=last[deal.id],
            facts=since_last_time(facts[deal.id], last[deal.id]),
            promises=judged(last[deal.id], facts[deal.id], days, reader.now),
            concerns=_concerns(
                deal, running.get(deal.id), last[deal.id], facts[deal.id], deal.id in large
            ),
            is_reviewed=deal.id in reviewed,
        )
        for deal in deals
    ]
    return Worklist(
        deals=sorted(waiting, key=lambda one: one.order),
        is_complete=len(documents) <= MOST_DEALS,
        days=days,
    )


def _concerns(
    deal: Opportunity,
    clock: DealClock | None,
    last: LastTime,
    facts: list[Happened],
    is_large: bool,
) -> list[str]:
    stands_still = (clock is None or clock.since <= last.at) and not since_last_time(facts, last)
    # Of a deal that was never gone through every slip is news.
    has_slipped = deal.slips > last.slips
    has_next = deal.terms.next_step or (clock is not None and clock.next_follow_up_at)
    told = (
        (NO_PROGRESS, stands_still),
        (SLIPPED, has_slipped),
        (LARGE, is_large),
        (NO_NEXT_STEP, not has_next),
    )
    return [concern for concern, is_so in told if is_so]


async def _large(reader: Reading, deals: list[Opportunity], on: date) -> set[str]:
    """Deals above the amount, in the company's currency; without a rate one is taken for large."""
    above, own = (await rule(reader)).manager_reviews_above, reader.core.settings.currency
    amounts = {deal.id: deal.terms.amount for deal in deals if deal.terms.amount is not None}
    foreign = {money.currency for money in amounts.values()} - {own}
    rates = {currency: await latest_rate(reader.db, currency, own, on) for currency in foreign}
    found = set()
    for deal_id, money in amounts.items():
        rate = rates.get(money.currency)
        if rate is not None:
            money = rate.worth(money)
        if money.currency != own or money.amount > above:
            found.add(deal_id)
    return found


async def _reviewed(reader: Reading, person_id: str, week: date) -> set[str]:
    """The deals that stand on somebody's sheet for that week already."""
    sheets = reader.db[FUNNEL_REVIEWS.collection].find(
        {"owner_id": person_id, "week": week.isoformat()}, {"minutes": 1}
    )
    return {deal async for sheet in sheets for deal in sheet["minutes"]}


async def funnel_reviews(
    reader: Reading, asked: Document, *, limit: int, cursor: str | None
) -> Page[FunnelReview]:
    scope = await reader.scope("funnel-reviews:read")
    return await page(
        reader.db[FUNNEL_REVIEWS.collection],
        {"$and": [scope.filter(), asked]},
        sort="week",
        limit=limit,
        cursor=cursor,
        decode=FUNNEL_REVIEWS.aggregate,
    )


def today(reader: Reading) -> date:
    return local_date(reader.now, reader.core.settings.timezone)
