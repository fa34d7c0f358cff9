"""Hand-overs over HTTP: `/hand-overs`; the id is that of the deal."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.hand_overs import commands
from pipeline.hand_overs.model import CHECKLIST, HandOver, Item
from pipeline.hand_overs.store import HAND_OVERS
from pipeline.requests import Cursor, Identifier, IdPath, IdQuery, Limit
from pipeline.views import plain

router = APIRouter(tags=["hand-overs"])
Said = Annotated[str, Field(min_length=1, max_length=5000)]
Code = Literal[
    "contract", "technical_agreement", "promises", "risks", "contacts", "payment_milestones"
]


class ItemIn(RequestModel):
    """What there is to say to a point, or why it does not apply."""

    code: Code
    text: Said | None = None
    file_ids: list[Identifier] = Field(default=[], max_length=50)
    contact_ids: list[Identifier] = Field(default=[], max_length=50)
    not_applicable: Said | None = None

    @property
    def value(self) -> Item:
        return Item(**self.model_dump())


class FillIn(RequestModel):
    items: list[ItemIn] = Field(default=[], max_length=len(CHECKLIST))
    after_sales: list[Said] | None = Field(None, max_length=50)


class AcceptIn(RequestModel):
    comment: str | None = Field(None, max_length=2000)


class ReturnIn(RequestModel):
    reasons: list[Said] = Field(min_length=1, max_length=20)


def hand_over_view(hand_over: HandOver) -> dict[str, Any]:
    return {
        "id": hand_over.id,
        "version": hand_over.version,
        "opportunity_id": hand_over.opportunity_id,
        "customer_id": hand_over.customer_id,
        "owner_id": hand_over.owner_id,
        "team_id": hand_over.team_id,
        "region": hand_over.region,
        "status": hand_over.status,
        "round": hand_over.round,
        "due_on": hand_over.due_on,
        "is_overdue": hand_over.is_overdue,
        "items": [
            plain(item) | {"zh": CHECKLIST[item.code][0], "en": CHECKLIST[item.code][1]}
            for item in hand_over.items
        ],
        "after_sales": hand_over.after_sales,
        "submitted_by": hand_over.submitted_by,
        "accepted_by": hand_over.accepted_by,
        "comment": hand_over.comment,
        "reasons": hand_over.reasons,
        "created_at": hand_over.created_at,
        "updated_at": hand_over.updated_at,
    }


@router.get("/hand-overs")
async def list_hand_overs(
    reader: Reader,
    status: Annotated[Literal["open", "submitted", "accepted", "cancelled"] | None, Query()] = None,
    customer_id: IdQuery = None,
    owner_id: IdQuery = None,
    is_overdue: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("hand-overs:read")
    asked = {
        "status": status,
        "customer_id": customer_id,
        "owner_id": owner_id,
        "is_overdue": is_overdue,
    }
    found = await page(
        reader.db[HAND_OVERS.collection],
        {"$and": [scope.filter(), {k: v for k, v in asked.items() if v is not None}]},
        limit=limit,
        cursor=cursor,
        decode=HAND_OVERS.aggregate,
    )
    return reader.page([hand_over_view(one) for one in found.items], found.next_cursor)


@router.get("/hand-overs/{opportunity_id}")
async def read_hand_over(opportunity_id: IdPath, reader: Reader) -> Response:
    hand_over = await reader.load(HAND_OVERS, opportunity_id, "hand-overs:read")
    return reader.show(hand_over_view(hand_over), version=hand_over.version)


@router.patch("/hand-overs/{opportunity_id}")
async def fill_hand_over(opportunity_id: IdPath, body: FillIn, door: Door) -> Response:
    items = [item.value for item in body.items]
    return await door.run(
        lambda work: commands.fill_hand_over(work, opportunity_id, items, body.after_sales),
        shown=hand_over_view,
    )


@router.post("/hand-overs/{opportunity_id}/submit")
async def submit_hand_over(opportunity_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.submit_hand_over(work, opportunity_id), shown=hand_over_view
    )


@router.post("/hand-overs/{opportunity_id}/accept")
async def accept_hand_over(opportunity_id: IdPath, body: AcceptIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.accept_hand_over(work, opportunity_id, body.comment),
        shown=hand_over_view,
    )


@router.post("/hand-overs/{opportunity_id}/return")
async def return_hand_over(opportunity_id: IdPath, body: ReturnIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.return_hand_over(work, opportunity_id, body.reasons),
        shown=hand_over_view,
    )
