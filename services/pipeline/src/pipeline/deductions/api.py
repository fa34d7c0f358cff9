"""Deductions over HTTP: `/deductions`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response

from pipeline.deductions import commands
from pipeline.deductions.model import Deduction
from pipeline.deductions.store import DEDUCTIONS
from pipeline.requests import Cursor, Identifier, IdPath, IdQuery, Limit, PositiveMoney, Reason
from pipeline.views import money_view

router = APIRouter(tags=["payments"])
Status = Literal["proposed", "made", "refused", "reversed"]
Kind = Literal["rebate", "warranty", "bad_debt", "other"]


class DeductionIn(RequestModel):
    payment_milestone_id: Identifier
    kind: Kind
    amount: PositiveMoney
    reason: Reason


class ReverseIn(RequestModel):
    reason: Reason


def deduction_view(deduction: Deduction) -> dict[str, Any]:
    return {
        "id": deduction.id,
        "version": deduction.version,
        "customer_id": deduction.customer_id,
        "payment_milestone_id": deduction.payment_milestone_id,
        "opportunity_id": deduction.opportunity_id,
        "owner_id": deduction.owner_id,
        "team_id": deduction.team_id,
        "kind": deduction.kind,
        "amount": money_view(deduction.amount),
        "reason": deduction.reason,
        "status": deduction.status,
        "made_on": deduction.made_on,
        "created_at": deduction.created_at,
    }


@router.post("/deductions", status_code=201)
async def propose_deduction(body: DeductionIn, door: Door) -> Response:
    """Made at once by whoever may; else, and bad debt 坏账 always, it waits for its approval."""
    return await door.run(
        lambda work: commands.propose_deduction(
            work,
            milestone_id=body.payment_milestone_id,
            kind=body.kind,
            amount=body.amount.value,
            reason=body.reason,
        ),
        shown=deduction_view,
        created="/deductions",
    )


@router.get("/deductions")
async def list_deductions(
    reader: Reader,
    customer_id: IdQuery = None,
    payment_milestone_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    kind: Annotated[Kind | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("deductions:read")
    asked = {
        "customer_id": customer_id,
        "payment_milestone_id": payment_milestone_id,
        "opportunity_id": opportunity_id,
        "kind": kind,
        "status": status,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[DEDUCTIONS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=DEDUCTIONS.aggregate,
    )
    return reader.page([deduction_view(one) for one in found.items], found.next_cursor)


@router.get("/deductions/{deduction_id}")
async def read_deduction(deduction_id: IdPath, reader: Reader) -> Response:
    found = await reader.load(DEDUCTIONS, deduction_id, "deductions:read")
    return reader.show(deduction_view(found), version=found.version)


@router.post("/deductions/{deduction_id}/reverse")
async def reverse_deduction(deduction_id: IdPath, body: ReverseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.reverse_deduction(work, deduction_id, body.reason),
        shown=deduction_view,
    )
