"""Cost inquiries over HTTP: `/cost-inquiries`."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader, Reading
from chassis.http import RequestModel
from chassis.pages import page
from chassis.problems import Forbidden
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.cost_inquiries import commands
from pipeline.cost_inquiries.model import CostInquiry, InquiredCost
from pipeline.cost_inquiries.store import COST_INQUIRIES, INQUIRED_COSTS
from pipeline.requests import (
    Cursor,
    Day,
    Identifier,
    IdPath,
    IdQuery,
    Limit,
    PositiveMoney,
    Quantity,
    Reason,
)
from pipeline.views import money_view

router = APIRouter(tags=["cost-inquiries"])
BY_RIGHT = (("unit_cost", "products:read-cost"), ("floor_price", "products:read-floor"))


class QuestionIn(RequestModel):
    name: str = Field(min_length=1, max_length=300)
    specification: str = Field(min_length=1, max_length=4000)
    quantity: Quantity = Decimal(1)
    unit: str = Field("件", min_length=1, max_length=20)
    product_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    needed_on: Day | None = None


class AnswerIn(RequestModel):
    """Of a unit, without tax."""

    unit_cost: PositiveMoney
    floor_price: PositiveMoney | None = None
    valid_until: Day
    note: str | None = Field(None, min_length=1, max_length=2000)

    @property
    def answer(self) -> commands.Answer:
        return commands.Answer(
            unit_cost=self.unit_cost.value,
            floor_price=self.floor_price.value if self.floor_price else None,
            valid_until=self.valid_until,
            note=self.note,
        )


class CloseIn(RequestModel):
    reason: Reason


def inquiry_view(
    inquiry: CostInquiry, cost: InquiredCost | None, visible: set[str]
) -> dict[str, Any]:
    return {
        "id": inquiry.id,
        "version": inquiry.version,
        "name": inquiry.name,
        "specification": inquiry.specification,
        "quantity": format(inquiry.quantity.normalize() + 0, "f"),
        "unit": inquiry.unit,
        "product_id": inquiry.product_id,
        "opportunity_id": inquiry.opportunity_id,
        "owner_id": inquiry.owner_id,
        "needed_on": inquiry.needed_on,
        "status": inquiry.status,
        "answered_by": inquiry.answered_by,
        "valid_until": inquiry.valid_until,
        "note": inquiry.note,
        "closed_reason": inquiry.closed_reason,
        "created_at": inquiry.created_at,
    } | {name: money_view(getattr(cost, name, None)) for name in sorted(visible)}


async def _visible(of: Work | Reading) -> set[str]:
    """Which figures of an answer the caller may see."""
    seen: set[str] = set()
    for name, action in BY_RIGHT:
        try:
            await of.scope(action)
        except Forbidden:
            continue
        seen.add(name)
    return seen


async def _shown(inquiry: CostInquiry, work: Work) -> dict[str, Any]:
    cost = await work.find(INQUIRED_COSTS, inquiry.id)
    return inquiry_view(inquiry, cost, await _visible(work))


@router.post("/cost-inquiries", status_code=201)
async def ask_for_cost(body: QuestionIn, door: Door) -> Response:
    question = commands.Question(**body.model_dump())
    return await door.run(
        lambda work: commands.ask_for_cost(work, question),
        shown=_shown,
        created="/cost-inquiries",
    )


@router.get("/cost-inquiries")
async def list_cost_inquiries(
    reader: Reader,
    opportunity_id: IdQuery = None,
    product_id: IdQuery = None,
    status: Annotated[Literal["asked", "answered", "closed"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("cost-inquiries:read")
    asked = {"opportunity_id": opportunity_id, "product_id": product_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[COST_INQUIRIES.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=COST_INQUIRIES.aggregate,
    )
    visible = await _visible(reader)
    views = [
        inquiry_view(one, await reader.find(INQUIRED_COSTS, one.id) if visible else None, visible)
        for one in found.items
    ]
    return reader.page(views, found.next_cursor)


@router.get("/cost-inquiries/{inquiry_id}")
async def read_cost_inquiry(inquiry_id: IdPath, reader: Reader) -> Response:
    inquiry = await reader.load(COST_INQUIRIES, inquiry_id, "cost-inquiries:read")
    cost = await reader.find(INQUIRED_COSTS, inquiry_id)
    view = inquiry_view(inquiry, cost, await _visible(reader))
    return reader.show(view, version=inquiry.version)


@router.post("/cost-inquiries/{inquiry_id}/answer")
async def answer_cost_inquiry(inquiry_id: IdPath, body: AnswerIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.answer_cost_inquiry(work, inquiry_id, body.answer), shown=_shown
    )


@router.post("/cost-inquiries/{inquiry_id}/close")
async def close_cost_inquiry(inquiry_id: IdPath, body: CloseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.close_cost_inquiry(work, inquiry_id, body.reason), shown=_shown
    )
