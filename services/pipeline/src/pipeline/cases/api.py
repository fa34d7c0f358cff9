"""The case library over HTTP: `/cases`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from chassis.problems import NotFound
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.cases import commands
from pipeline.cases.model import Case, Story
from pipeline.cases.store import CASES
from pipeline.requests import Cursor, Identifier, IdPath, Limit, Reason
from pipeline.views import plain

router = APIRouter(tags=["cases"])
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
CodeQuery = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Industry = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Outcome = Literal["won", "lost", "open"]
Stages = Annotated[list[Code], Field(min_length=1, max_length=50)]


class CaseIn(RequestModel):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    template: Code
    stages: Stages
    industries: list[Industry] = Field(default=[], max_length=20)
    situation: Words
    approach: Words
    outcome: Outcome = "won"
    lessons: Words
    opportunity_id: Identifier | None = None


class CaseChangesIn(RequestModel):
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    stages: Stages | None = None
    industries: list[Industry] | None = Field(None, max_length=20)
    situation: Words | None = None
    approach: Words | None = None
    outcome: Outcome | None = None
    lessons: Words | None = None


class WithdrawIn(RequestModel):
    reason: Reason


def case_view(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "version": case.version,
        "owner_id": case.owner_id,
        **plain(case.story),
        "is_withdrawn": case.is_withdrawn,
        "created_at": case.created_at,
    }


@router.post("/cases", status_code=201)
async def record_case(body: CaseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.record_new_case(work, Story(**body.model_dump())),
        shown=case_view,
        created="/cases",
    )


@router.get("/cases")
async def list_cases(
    reader: Reader,
    template: CodeQuery = None,
    stage: CodeQuery = None,
    industry: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Those that speak of a stage, an industry, or both; the newest first."""
    await reader.scope("cases:read")
    asked = {
        "story.template": template,
        "story.stages": stage,
        "story.industries": industry,
        "story.outcome": outcome,
    }
    found = await page(
        reader.db[CASES.collection],
        {name: value for name, value in asked.items() if value is not None}
        | {"is_withdrawn": False},
        sort="created_at",
        limit=limit,
        cursor=cursor,
        decode=CASES.aggregate,
    )
    return reader.page([case_view(case) for case in found.items], found.next_cursor)


@router.get("/cases/{case_id}")
async def read_case(case_id: IdPath, reader: Reader) -> Response:
    await reader.scope("cases:read")
    case = await reader.find(CASES, case_id)
    if case is None:
        raise NotFound(Case.TYPE, case_id)
    return reader.show(case_view(case), version=case.version)


@router.patch("/cases/{case_id}")
async def change_case(case_id: IdPath, body: CaseChangesIn, door: Door) -> Response:
    said = {name: value for name, value in body.model_dump().items() if value is not None}
    return await door.run(lambda work: commands.change_case(work, case_id, said), shown=case_view)


@router.post("/cases/{case_id}/withdraw")
async def withdraw_case(case_id: IdPath, body: WithdrawIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_case(work, case_id, body.reason), shown=case_view
    )
