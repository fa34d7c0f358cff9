"""Clocks over HTTP: `/opportunities/{id}/clock`, deals without a follow-up, `/review-policy`."""

from decimal import Decimal
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.workdays import Workdays
from fastapi import APIRouter, Response
from pydantic import Field

from pipeline import calendar
from pipeline.clocks import commands, queries
from pipeline.clocks.model import DealClock, ReviewPolicy, Rule
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.requests import Cursor, IdPath, IdQuery, Limit
from pipeline.views import plain

router = APIRouter(tags=["follow-ups"])
Days = Annotated[int, Field(ge=1, le=366)]


class PolicyChange(RequestModel):
    """What is not named stays; the amount is in the company's currency."""

    recheck_after_days: Days = 15
    judge_after_days: Days = 30
    continue_at_most: Annotated[int, Field(ge=0, le=12)] = 2
    event_within_days: Days = 180
    node_within_working_days: Annotated[int, Field(ge=0, le=60)] = 2
    manager_reviews_above: Annotated[
        Decimal, Field(ge=0, lt=10**13, decimal_places=2, allow_inf_nan=False)
    ] = Decimal(500_000)


def policy_view(policy: ReviewPolicy) -> dict[str, Any]:
    return {"version": policy.version, **plain(policy.rule), "updated_at": policy.updated_at}


def clock_view(clock: DealClock, rule: Rule, days: Workdays) -> dict[str, Any]:
    """What is due when, as the calendar stands today; leave may still put it off."""
    return {
        "opportunity_id": clock.id,
        "since": clock.since,
        "is_running": clock.runs,
        "recheck_due_on": clock.recheck_due_on(rule, days),
        "rechecked_at": clock.rechecked_at,
        "judgement_due_on": clock.judgement_due_on(rule, days),
        "continued": clock.continued,
        "waits_for": clock.waits_for,
        "next_follow_up_at": clock.next_follow_up_at,
        "node": clock.node,
    }


@router.get("/opportunities/{opportunity_id}/clock")
async def read_clock(opportunity_id: IdPath, reader: Reader) -> Response:
    """1-15-30: since when there was no proven progress, and what is due about it."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    clock = await queries.clock(reader.db, deal.id) or DealClock(
        id=deal.id, since=deal.created_at or reader.now, is_stopped=True
    )
    days = await calendar.workdays_shown(reader)
    return reader.show(clock_view(clock, await queries.rule(reader), days))


@router.get("/follow-ups/missing")
async def list_without_next_follow_up(
    reader: Reader, owner_id: IdQuery = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Open deals without a next follow-up, the longest without progress first.

    `node`: where one is asked for now (intent_confirmed, quoted, negotiating).
    """
    asked = {} if owner_id is None else {"owner_id": owner_id}
    found = await queries.without_next_follow_up(reader, asked, limit=limit, cursor=cursor)
    days, rule = await calendar.workdays_shown(reader), await queries.rule(reader)
    rows = [
        {"owner_id": one["owner_id"], "team_id": one["team_id"]} | clock_view(clock, rule, days)
        for one, clock in found.items
    ]
    return reader.page(rows, found.next_cursor)


@router.get("/review-policy")
async def read_review_policy(reader: Reader) -> Response:
    """The numbers of 1-15-30."""
    await reader.scope("review-policy:read")
    policy = await queries.policy(reader)
    return reader.show(policy_view(policy), version=policy.version)


@router.patch("/review-policy")
async def change_review_policy(body: PolicyChange, door: Door) -> Response:
    changes = body.model_dump(exclude_unset=True)
    return await door.run(lambda work: commands.change_policy(work, changes), shown=policy_view)
