"""The team of a deal over HTTP: commands of `/opportunities/{id}`, and one's requests."""

from typing import Any

from chassis.door import Door, Reader
from chassis.work import Work
from fastapi import APIRouter, Response

from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.opportunity_teams import commands, queries
from pipeline.opportunity_teams.commands import Seated
from pipeline.opportunity_teams.model import Team
from pipeline.opportunity_teams.requests import (
    DeclineIn,
    ExecutiveTimeIn,
    LeaveIn,
    MemberIn,
    TransferIn,
)
from pipeline.requests import Cursor, IdPath, Limit
from pipeline.views import plain

router = APIRouter(tags=["opportunities"])


def _seat_view(seated: Seated) -> dict[str, Any]:
    return {"opportunity_id": seated.team.id, **queries.seat_view(seated.seat)}


def _team(seated: Seated) -> Team:
    return seated.team


def _times_view(team: Team) -> dict[str, Any]:
    """The application just made."""
    return {"opportunity_id": team.id, **plain(team.executive_time[-1])}


@router.get("/opportunities/{opportunity_id}/team")
async def read_team(opportunity_id: IdPath, reader: Reader) -> Response:
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    view = await queries.team_view(reader.db, deal)
    return reader.show(view, version=view["version"])


@router.get("/team-requests")
async def list_team_requests(reader: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Deals whose team one is asked to join, by name or by a role that one has."""
    scope = await reader.scope(commands.ANSWER)
    found = await queries.asked_of(
        reader.db, scope.staff_id or "-", reader.caller.roles, limit=limit, cursor=cursor
    )
    return reader.page(found.items, found.next_cursor)


@router.post("/opportunities/{opportunity_id}/request-member")
async def request_member(opportunity_id: IdPath, body: MemberIn, door: Door) -> Response:
    async def asked(work: Work) -> Seated:
        return await commands.request_member(
            work,
            opportunity_id,
            body.role,
            staff_id=body.staff_id,
            stages=body.stages,
            note=body.note,
        )

    return await door.run(asked, shown=_seat_view, of=_team)


@router.post("/opportunities/{opportunity_id}/team/{seat_id}/accept")
async def accept_seat(opportunity_id: IdPath, seat_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.accept_seat(work, opportunity_id, seat_id),
        shown=_seat_view,
        of=_team,
    )


@router.post("/opportunities/{opportunity_id}/team/{seat_id}/decline")
async def decline_seat(
    opportunity_id: IdPath, seat_id: IdPath, body: DeclineIn, door: Door
) -> Response:
    return await door.run(
        lambda work: commands.decline_seat(work, opportunity_id, seat_id, body.reason),
        shown=_seat_view,
        of=_team,
    )


@router.post("/opportunities/{opportunity_id}/team/{seat_id}/transfer")
async def transfer_seat(
    opportunity_id: IdPath, seat_id: IdPath, body: TransferIn, door: Door
) -> Response:
    return await door.run(
        lambda work: commands.transfer_seat(
            work, opportunity_id, seat_id, body.staff_id, body.note
        ),
        shown=_seat_view,
        of=_team,
    )


@router.post("/opportunities/{opportunity_id}/team/{seat_id}/leave")
async def leave_seat(
    opportunity_id: IdPath, seat_id: IdPath, body: LeaveIn, door: Door
) -> Response:
    return await door.run(
        lambda work: commands.leave_seat(work, opportunity_id, seat_id, body.reason),
        shown=_seat_view,
        of=_team,
    )


@router.post("/opportunities/{opportunity_id}/apply-executive-time")
async def apply_executive_time(
    opportunity_id: IdPath, body: ExecutiveTimeIn, door: Door
) -> Response:
    return await door.run(
        lambda work: commands.apply_for_executive_time(
            work,
            opportunity_id,
            hours=body.hours,
            purpose=body.purpose,
            staff_id=body.staff_id,
            on=body.on,
        ),
        shown=_times_view,
    )
