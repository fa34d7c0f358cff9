"""The funnel over HTTP: `/funnel` and `/opportunities/board`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.mongo import Document
from chassis.operations import ACTION
from chassis.problems import ValidationFailed
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from pipeline.copies import field_error
from pipeline.funnel import commands, store
from pipeline.funnel.board import board
from pipeline.funnel.queries import Asked, funnel_rows, shown_places, wait_until_counted
from pipeline.requests import IdQuery

router = APIRouter(tags=["opportunities"])
operations = APIRouter(prefix="/operations", tags=["operations"])

TemplateQuery = Annotated[str, Query(pattern=r"^[a-z_]{1,40}$")]
MonthQuery = Annotated[str | None, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
NameQuery = Annotated[str | None, Query(min_length=1, max_length=100)]
Grouping = Literal["owner", "team", "region", "product_line", "template", "month"]
Sort = Literal[
    "amount",
    "-amount",
    "expected_close_on",
    "-expected_close_on",
    "progressed_at",
    "-progressed_at",
]


@router.get("/funnel")
async def read_funnel(
    reader: Reader,
    group_by: Grouping | None = None,
    template: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    owner_id: IdQuery = None,
    team_id: IdQuery = None,
    region: NameQuery = None,
    product_line: NameQuery = None,
    month: MonthQuery = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Response:
    """Counts and sums by stage, for each value of a dimension, of the deals in one's reach.

    The largest come first, up to `limit`. Without a template they are those of the standard one,
    unless templates are the dimension.
    """
    if template is None and group_by != "template":
        template = "standard"
    asked = Asked(
        template=template,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        product_line=product_line,
        month=month,
    )
    _require_one_cut(asked, group_by)
    await wait_until_counted(reader)
    rows = await funnel_rows(reader, asked, group_by, limit=limit)
    return reader.show(
        {
            "group_by": group_by,
            "template": template,
            "rows": [
                {"key": row.key, "name": row.name, **shown_places(row.places)} for row in rows
            ],
        }
    )


@router.get("/opportunities/board")
async def read_board(
    reader: Reader,
    template: TemplateQuery = "standard",
    owner_id: IdQuery = None,
    team_id: IdQuery = None,
    region: NameQuery = None,
    product_line: NameQuery = None,
    month: MonthQuery = None,
    sort: Sort = "-amount",
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Response:
    """One column per stage: count, sums, and the first cards; the list goes on by the cursor."""
    asked = Asked(
        template=template,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        product_line=product_line,
        month=month,
    )
    _require_one_cut(asked, None)
    await wait_until_counted(reader)
    return reader.show(await board(reader, asked, sort=sort, limit=limit))


class Recount(RequestModel):
    """Which projection to count anew."""

    projection: Literal["funnel"] = "funnel"


@operations.post("/rebuild")
async def rebuild(_body: Recount, door: Door) -> Response:
    """Count every deal anew beside what is read, then switch; one under way goes on instead."""

    async def decide(work: Work) -> dict[str, Any]:
        await work.scope(ACTION)
        return _view(await commands.count_anew(work))

    return await door.run(decide, shown=lambda found: found, of=lambda _: None)


@operations.get("/rebuild")
async def rebuild_status(reader: Reader) -> Response:
    await reader.scope(ACTION)
    return reader.show(_view(await reader.document(store.CONTROL, store.FUNNEL)))


def _view(control: Document | None) -> dict[str, Any]:
    if control is None:
        return {"state": "none", "active_generation": store.FIRST}
    state = "done" if control["building"] is None else "building"
    return {"state": state, "active_generation": control["active"]}


def _require_one_cut(asked: Asked, group_by: str | None) -> None:
    """Product line and month are cuts of the same sums; they are not kept crossed."""
    lines = asked.product_line is not None or group_by == "product_line"
    months = asked.month is not None or group_by == "month"
    if lines and months:
        raise ValidationFailed(
            field_error(
                "/month",
                "not-crossed",
                "产品线与月份不能同时使用",
                "product line and month are not summed crossed",
            )
        )
