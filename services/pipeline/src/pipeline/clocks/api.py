"""Clocks over HTTP: `/opportunities/{id}/clock`, and the deals without a next follow-up."""

from typing import Any

from chassis.door import Reader
from chassis.workdays import Workdays
from fastapi import APIRouter, Response

from pipeline import calendar
from pipeline.clocks import queries
from pipeline.clocks.model import DealClock, Rule
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.requests import Cursor, IdPath, IdQuery, Limit

router = APIRouter(tags=["follow-ups"])


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
