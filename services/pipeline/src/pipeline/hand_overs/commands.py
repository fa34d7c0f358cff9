"""Hand-overs are opened by winning, filled by sales, accepted by delivery."""

from datetime import timedelta

from chassis.facts import Recorded
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.hand_overs.model import HandOver, Item, untold_items
from pipeline.hand_overs.store import HAND_OVERS
from pipeline.moments import beginning_of
from pipeline.opportunities.model import (
    Opportunity,
    OpportunityOwnerChanged,
    OpportunityReopened,
    OpportunityWon,
)

OVERDUE, WRITE = "hand_over_overdue", "hand-overs:write"
WORKING_DAYS = 5
"""A hand-over is due so many working days after the deal was won."""
IMPORTED = "import"


async def follow_deal(work: Work, deal: Opportunity, recorded: list[Recorded]) -> None:
    """Told of a deal's facts in the unit that recorded them. History is handed over already."""
    if deal.origin == IMPORTED or deal.customer_id is None:
        return
    for one in recorded:
        if isinstance(one.fact, OpportunityWon):
            await _begin(work, deal, deal.customer_id)
        elif isinstance(one.fact, OpportunityReopened | OpportunityOwnerChanged):
            hand_over = await work.find(HAND_OVERS, deal.id)
            if hand_over is None:
                continue
            if isinstance(one.fact, OpportunityReopened):
                hand_over.cancel("the deal was reopened")
                cancel_timer(work, OVERDUE, deal.id)
            else:
                hand_over.hand_to(deal.owner_id or "", deal.team_id, deal.region)


async def _begin(work: Work, deal: Opportunity, customer_id: str) -> None:
    due_on = (await calendar.workdays(work)).add_working_days(work.today, WORKING_DAYS)
    hand_over = await work.find(HAND_OVERS, deal.id)
    if hand_over is None:
        hand_over = HandOver(
            id=deal.id,
            key=customer_id,
            owner_id=deal.owner_id,
            team_id=deal.team_id,
            region=deal.region,
            collaborator_ids=list(deal.collaborator_ids),
            rights_of=deal.reference,
            customer_id=customer_id,
            opportunity_id=deal.id,
            due_on=due_on,
            items=untold_items(),
        )
        work.add(HAND_OVERS, hand_over)
    hand_over.begin(due_on)
    late = beginning_of(due_on + timedelta(days=1), work.company.timezone)
    set_timer(work, OVERDUE, deal.id, late)


async def fill_hand_over(
    work: Work, identifier: str, items: list[Item], after_sales: list[str] | None
) -> HandOver:
    hand_over = await reach(work, HAND_OVERS, identifier, WRITE)
    errors = []
    for place, item in enumerate(items):
        errors += await copies.unknown_contacts(
            work, item.contact_ids, f"/items/{place}/contact_ids"
        )
    if errors:
        raise ValidationFailed(errors)
    hand_over.fill(items, after_sales)
    return hand_over


async def submit_hand_over(work: Work, identifier: str) -> HandOver:
    hand_over = await reach(work, HAND_OVERS, identifier, WRITE)
    hand_over.submit(acting_staff(work) or work.actor)
    return hand_over


async def accept_hand_over(work: Work, identifier: str, comment: str | None) -> HandOver:
    hand_over = await reach(work, HAND_OVERS, identifier, "hand-overs:accept")
    hand_over.accept(acting_staff(work) or work.actor, comment)
    cancel_timer(work, OVERDUE, hand_over.id)
    return hand_over


async def return_hand_over(work: Work, identifier: str, reasons: list[str]) -> HandOver:
    hand_over = await reach(work, HAND_OVERS, identifier, "hand-overs:accept")
    hand_over.give_back(acting_staff(work) or work.actor, reasons)
    return hand_over


async def on_overdue(work: Work, timer: Timer) -> None:
    hand_over = await work.find(HAND_OVERS, timer.subject)
    if hand_over is not None:
        hand_over.miss()
