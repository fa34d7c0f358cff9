"""The HTTP door of leave 请假/出差."""

from datetime import date
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from fastapi import APIRouter, Query, Response
from pydantic import Field

from field.leaves import commands, queries
from field.leaves.model import Leave
from field.leaves.store import LEAVES
from field.teams.api import Id

router = APIRouter(tags=["leaves"])
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]


class LeaveIn(RequestModel):
    """Whole days, first and last included."""

    kind: Literal["leave", "business_trip"]
    first_on: Day
    last_on: Day
    reason: str | None = Field(None, min_length=1, max_length=1000)


class RefusalIn(RequestModel):
    reason: str = Field(min_length=1, max_length=1000)


def leave_view(leave: Leave) -> dict[str, Any]:
    return {
        "id": leave.id,
        "version": leave.version,
        "staff_id": leave.staff_id,
        "team_id": leave.team_id,
        "kind": leave.kind,
        "first_on": leave.first_on,
        "last_on": leave.last_on,
        "reason": leave.reason,
        "status": leave.status,
        "decided_by": leave.decided_by,
        "decided_at": leave.decided_at,
        "refusal": leave.refusal,
        "created_at": leave.created_at,
        "updated_at": leave.updated_at,
    }


@router.get("/leaves")
async def list_leaves(
    reader: Reader,
    staff_id: Id | None = None,
    status: Literal["requested", "granted", "refused", "cancelled"] | None = None,
    on: date | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    """The latest first; `on`: those who are away that day."""
    scope = await reader.scope("leaves:read")
    asked: dict[str, Any] = {"owner_id": staff_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    if on is not None:
        wanted |= {"first_on": {"$lte": on.isoformat()}, "last_on": {"$gte": on.isoformat()}}
    found = await queries.list_leaves(
        reader.db, {"$and": [scope.filter(), wanted]}, limit=limit, cursor=cursor
    )
    return reader.page([leave_view(leave) for leave in found.items], found.next_cursor)


@router.post("/leaves", status_code=201)
async def request_leave(body: LeaveIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.request_new_leave(
            work,
            kind=body.kind,
            first_on=body.first_on,
            last_on=body.last_on,
            reason=body.reason,
        ),
        shown=leave_view,
        created="/leaves",
    )


@router.get("/leaves/{leave_id}")
async def read_leave(leave_id: Id, reader: Reader) -> Response:
    leave = await reader.load(LEAVES, leave_id, "leaves:read")
    return reader.show(leave_view(leave), version=leave.version)


@router.post("/leaves/{leave_id}/approve")
async def grant_leave(leave_id: Id, door: Door) -> Response:
    return await door.run(lambda work: commands.grant_leave(work, leave_id), shown=leave_view)


@router.post("/leaves/{leave_id}/refuse")
async def refuse_leave(leave_id: Id, body: RefusalIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.refuse_leave(work, leave_id, body.reason), shown=leave_view
    )


@router.post("/leaves/{leave_id}/cancel")
async def cancel_leave(leave_id: Id, door: Door) -> Response:
    return await door.run(lambda work: commands.cancel_leave(work, leave_id), shown=leave_view)
