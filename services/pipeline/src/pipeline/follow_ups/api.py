"""Follow-ups over HTTP: `/follow-ups`."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, cast

from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.follow_ups import commands
from pipeline.follow_ups.model import Commitment, FollowUp, Plan
from pipeline.follow_ups.store import FOLLOW_UPS
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, Moment, Reason
from pipeline.settings import Settings
from pipeline.views import plain

router = APIRouter(tags=["follow-ups"])
Method = Literal["visit", "phone", "video", "message", "mail", "meeting", "other"]
Intent = Literal["none", "weak", "medium", "strong", "confirmed"]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class FollowUpIn(RequestModel):
    """A plan: when, how, about what, what for. `due_at`: when its absence becomes an alert."""

    opportunity_id: Identifier | None = None
    customer_id: Identifier | None = None
    contact_ids: list[Identifier] = Field(default=[], max_length=50)
    owner_id: Identifier | None = None
    at: Moment
    method: Method
    content: Text | None = None
    objective: Text | None = None
    due_at: Moment | None = None

    @model_validator(mode="after")
    def _is_about_somebody(self) -> "FollowUpIn":
        if self.opportunity_id is None and self.customer_id is None:
            raise ValueError("a follow-up names an opportunity_id or a customer_id")
        return self


class CommitmentIn(RequestModel):
    """What the customer undertook 客户承诺, and by which day."""

    content: Annotated[str, Field(min_length=1, max_length=1000)]
    on: Day


class DoneIn(RequestModel):
    """What came of it; `evidence` names events or files that show it.

    A `commitment` of the customer with a date counts as progress of the deal.
    """

    result: Text
    intent: Intent | None = None
    contact_ids: list[Identifier] | None = Field(None, max_length=50)
    evidence: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        None, max_length=50
    )
    commitment: CommitmentIn | None = None


class CancelIn(RequestModel):
    reason: Reason


def follow_up_view(follow_up: FollowUp) -> dict[str, Any]:
    return {
        "id": follow_up.id,
        "version": follow_up.version,
        "opportunity_id": follow_up.opportunity_id,
        "customer_id": follow_up.customer_id,
        "contact_ids": follow_up.contact_ids,
        "owner_id": follow_up.owner_id,
        "team_id": follow_up.team_id,
        "at": follow_up.plan.at,
        "method": follow_up.plan.method,
        "content": follow_up.plan.content,
        "objective": follow_up.plan.objective,
        "due_at": follow_up.due_at,
        "status": follow_up.status,
        "result": follow_up.result,
        "done_at": follow_up.done_at,
        "intent": follow_up.intent,
        "stage": follow_up.stage,
        "commitment": plain(follow_up.commitment) if follow_up.commitment else None,
        "evidence": follow_up.evidence,
        "cancelled_reason": follow_up.cancelled_reason,
        "created_at": follow_up.created_at,
        "updated_at": follow_up.updated_at,
    }


async def _plan(work: Work, body: FollowUpIn, door: Commanding) -> FollowUp:
    settings = cast(Settings, door.core.settings)
    given = commands.NewFollowUp(
        plan=Plan(at=body.at, method=body.method, content=body.content, objective=body.objective),
        opportunity_id=body.opportunity_id,
        customer_id=body.customer_id,
        contact_ids=body.contact_ids,
        owner_id=body.owner_id,
        due_at=body.due_at,
    )
    grace = timedelta(hours=settings.follow_up_grace_hours)
    return await commands.plan_new_follow_up(work, given, grace=grace)


@router.post("/follow-ups", status_code=201)
async def plan_follow_up(body: FollowUpIn, door: Door) -> Response:
    return await door.run(
        lambda work: _plan(work, body, door), shown=follow_up_view, created="/follow-ups"
    )


@router.post("/follow-ups/batch")
async def plan_follow_ups(body: BatchIn, door: Door) -> Response:
    return await door.batch(
        body.items,
        FollowUpIn,
        lambda work, item: _plan(work, item, door),
        shown=follow_up_view,
        created="/follow-ups",
    )


@router.get("/follow-ups")
async def list_follow_ups(
    reader: Reader,
    owner_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    customer_id: IdQuery = None,
    status: Annotated[Literal["planned", "done", "cancelled"] | None, Query()] = None,
    due_before: Moment | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Those due first come first."""
    scope = await reader.scope("follow-ups:read")
    asked: dict[str, Any] = {
        "owner_id": owner_id,
        "opportunity_id": opportunity_id,
        "customer_id": customer_id,
        "status": status,
        "due_at": _before(due_before),
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[FOLLOW_UPS.collection],
        {"$and": [scope.filter(), wanted]},
        sort="due_at",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=FOLLOW_UPS.aggregate,
    )
    return reader.page([follow_up_view(one) for one in found.items], found.next_cursor)


@router.get("/follow-ups/{follow_up_id}")
async def read_follow_up(follow_up_id: IdPath, reader: Reader) -> Response:
    follow_up = await reader.load(FOLLOW_UPS, follow_up_id, "follow-ups:read")
    return reader.show(follow_up_view(follow_up), version=follow_up.version)


@router.post("/follow-ups/{follow_up_id}/done")
async def finish_follow_up(follow_up_id: IdPath, body: DoneIn, door: Door) -> Response:
    record = commands.Record(
        result=body.result,
        intent=body.intent,
        contact_ids=body.contact_ids,
        evidence=body.evidence,
        commitment=Commitment(**body.commitment.model_dump()) if body.commitment else None,
    )
    return await door.run(
        lambda work: commands.finish_follow_up(work, follow_up_id, record), shown=follow_up_view
    )


@router.post("/follow-ups/{follow_up_id}/cancel")
async def cancel_follow_up(follow_up_id: IdPath, body: CancelIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.cancel_follow_up(work, follow_up_id, body.reason),
        shown=follow_up_view,
    )


def _before(moment: datetime | None) -> dict[str, datetime] | None:
    return None if moment is None else {"$lt": moment}
