"""Stand-ins over HTTP: `/stand-ins`."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Response
from pydantic import Field

from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit
from pipeline.stand_ins import commands
from pipeline.stand_ins.model import StandIn
from pipeline.stand_ins.store import STAND_INS

router = APIRouter(tags=["stand-ins"])
Kind = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class StandInIn(RequestModel):
    """`staff_id` decides for `principal_id` (oneself by default); no `kinds` means all kinds."""

    staff_id: Identifier
    principal_id: Identifier | None = None
    first_on: Day
    last_on: Day
    kinds: list[Kind] = Field(default=[], max_length=50)


def stand_in_view(stand_in: StandIn) -> dict[str, Any]:
    return {
        "id": stand_in.id,
        "version": stand_in.version,
        "principal_id": stand_in.principal_id,
        "staff_id": stand_in.staff_id,
        "first_on": stand_in.first_on,
        "last_on": stand_in.last_on,
        "kinds": stand_in.kinds,
        "created_at": stand_in.created_at,
        "updated_at": stand_in.updated_at,
    }


@router.post("/stand-ins", status_code=201)
async def appoint_stand_in(body: StandInIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.appoint_stand_in(
            work,
            staff_id=body.staff_id,
            principal_id=body.principal_id,
            first_on=body.first_on,
            last_on=body.last_on,
            kinds=list(body.kinds),
        ),
        shown=stand_in_view,
        created="/stand-ins",
    )


@router.get("/stand-ins")
async def list_stand_ins(
    reader: Reader,
    principal_id: IdQuery = None,
    staff_id: IdQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("stand-ins:read")
    asked = {"principal_id": principal_id, "staff_id": staff_id}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[STAND_INS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=STAND_INS.aggregate,
    )
    return reader.page([stand_in_view(one) for one in found.items], found.next_cursor)


@router.get("/stand-ins/{stand_in_id}")
async def read_stand_in(stand_in_id: IdPath, reader: Reader) -> Response:
    stand_in = await reader.load(STAND_INS, stand_in_id, "stand-ins:read")
    return reader.show(stand_in_view(stand_in), version=stand_in.version)


@router.post("/stand-ins/{stand_in_id}/end")
async def end_stand_in(stand_in_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_stand_in(work, stand_in_id), shown=stand_in_view
    )
