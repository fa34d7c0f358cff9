"""Reviews are opened by winning and losing, and held by whoever has the deal."""

from datetime import timedelta

from chassis.facts import Recorded
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.cases.store import CASES
from pipeline.moments import beginning_of
from pipeline.opportunities.model import (
    Opportunity,
    OpportunityLost,
    OpportunityReopened,
    OpportunityWon,
)
from pipeline.outcome_reviews.model import Finding, OutcomeReview
from pipeline.outcome_reviews.store import OUTCOME_REVIEWS

OVERDUE = "outcome_review_overdue"
WORKING_DAYS = 10
"""A review is due so many working days after the deal was won or lost."""
IMPORTED = "import"


async def follow_deal(work: Work, deal: Opportunity, recorded: list[Recorded]) -> None:
    """Told of a deal's facts in the unit that recorded them. History is not reviewed."""
    if deal.origin == IMPORTED:
        return
    for one in recorded:
        if isinstance(one.fact, OpportunityWon):
            await _begin(work, deal, "won")
        elif isinstance(one.fact, OpportunityLost):
            await _begin(work, deal, "lost")
        elif isinstance(one.fact, OpportunityReopened):
            review = await work.find(OUTCOME_REVIEWS, deal.id)
            if review is not None:
                review.cancel("the deal was reopened")
                cancel_timer(work, OVERDUE, deal.id)


async def _begin(work: Work, deal: Opportunity, outcome: str) -> None:
    due_on = (await calendar.workdays(work)).add_working_days(work.today, WORKING_DAYS)
    review = await work.find(OUTCOME_REVIEWS, deal.id)
    if review is None:
        review = OutcomeReview(
            id=deal.id,
            key=deal.key,
            owner_id=deal.owner_id,
            team_id=deal.team_id,
            region=deal.region,
            collaborator_ids=list(deal.collaborator_ids),
            rights_of=deal.reference,
            customer_id=deal.customer_id,
            opportunity_id=deal.id,
            outcome=outcome,
            due_on=due_on,
        )
        work.add(OUTCOME_REVIEWS, review)
    is_lost = outcome == "lost"
    review.begin(
        outcome,
        due_on,
        list(deal.lost_reasons) if is_lost else [],
        deal.winner if is_lost else None,
    )
    late = beginning_of(due_on + timedelta(days=1), work.company.timezone)
    set_timer(work, OVERDUE, deal.id, late)


async def hold_outcome_review(work: Work, identifier: str, finding: Finding) -> OutcomeReview:
    review = await reach(work, OUTCOME_REVIEWS, identifier, "outcome-reviews:write")
    if finding.case_id is not None and await work.find(CASES, finding.case_id) is None:
        raise ValidationFailed(copies.unknown("/case_id", "案例", "case"))
    review.hold(finding, acting_staff(work) or work.actor)
    cancel_timer(work, OVERDUE, review.id)
    return review


async def on_overdue(work: Work, timer: Timer) -> None:
    review = await work.find(OUTCOME_REVIEWS, timer.subject)
    if review is not None:
        review.miss()
