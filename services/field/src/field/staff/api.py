"""The HTTP door of staff."""

from datetime import date
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from field.staff import commands, queries
from field.staff.model import Staff
from field.staff.store import STAFF
from field.teams.api import Id, Name

router = APIRouter(tags=["staff"])

Role = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class StaffIn(RequestModel):
    """A new member of staff."""

    name: Name
    roles: list[Role] = Field(default=["rep"], min_length=1, max_length=10)
    team_id: Id | None = None
    joined_on: date
    staff_number: Annotated[str, Field(min_length=1, max_length=40)] | None = None


class StaffChange(RequestModel):
    name: Name | None = None
    roles: list[Role] | None = Field(default=None, min_length=1, max_length=10)


class StaffMove(RequestModel):
    team_id: Id
    effective_on: date | None = None


class StaffLeave(RequestModel):
    on: date


def staff_view(person: Staff) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "roles": person.roles,
        "team_id": person.team_id,
        "region": person.region,
        "staff_number": person.staff_number,
        "external_id": person.external_id,
        "joined_on": person.joined_on,
        "left_on": person.left_on,
        "version": person.version,
        "created_at": person.created_at,
        "updated_at": person.updated_at,
    }


async def _join(work: Work, body: StaffIn) -> Staff:
    return await commands.join_staff(work, **body.model_dump())


@router.get("/staff")
async def list_staff(
    reader: Reader,
    team_id: Id | None = None,
    role: Role | None = None,
    name: Name | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    found = await queries.list_staff(
        reader.db,
        await reader.scope("staff:read"),
        team_id=team_id,
        role=role,
        name=name,
        limit=limit,
        cursor=cursor,
    )
    return reader.page([staff_view(person) for person in found.items], found.next_cursor)


@router.post("/staff", status_code=201)
async def join_staff(body: StaffIn, door: Door) -> Response:
    return await door.run(lambda work: _join(work, body), shown=staff_view, created="/staff")


@router.post("/staff/batch")
async def join_many(body: BatchIn, door: Door) -> Response:
    return await door.batch(body.items, StaffIn, _join, shown=staff_view, created="/staff")


@router.get("/staff/{staff_id}")
async def read_staff(staff_id: Id, reader: Reader) -> Response:
    person = await reader.load(STAFF, staff_id, "staff:read")
    return reader.show(staff_view(person), version=person.version)


@router.patch("/staff/{staff_id}")
async def change_staff(staff_id: Id, body: StaffChange, door: Door) -> Response:
    given = body.model_dump(exclude_unset=True)
    return await door.run(
        lambda work: commands.change_staff(work, staff_id, **given), shown=staff_view
    )


@router.post("/staff/{staff_id}/move")
async def move_staff(staff_id: Id, body: StaffMove, door: Door) -> Response:
    return await door.run(
        lambda work: commands.move_staff(
            work, staff_id, team_id=body.team_id, effective_on=body.effective_on
        ),
        shown=staff_view,
    )


@router.post("/staff/{staff_id}/leave")
async def leave(staff_id: Id, body: StaffLeave, door: Door) -> Response:
    return await door.run(lambda work: commands.leave(work, staff_id, body.on), shown=staff_view)
