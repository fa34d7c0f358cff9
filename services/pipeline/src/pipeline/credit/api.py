"""Credit over HTTP: `/credit-positions`, `/temporary-credit-limits`, `/credit-policies`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.credit import accounts, limits
from pipeline.credit.model import COMPANY, CreditPolicy, Position, TemporaryLimit, default_policy
from pipeline.credit.standing import position
from pipeline.credit.store import POLICIES, TEMPORARY_LIMITS
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, PositiveMoney, Reason
from pipeline.views import decimal_view, money_view
from pipeline.whose import require_customer

router = APIRouter(tags=["credit"])
Counts = Literal["receipt", "maturity"]
Status = Literal["requested", "granted", "refused", "expired", "revoked"]


class TemporaryLimitIn(RequestModel):
    customer_id: Identifier
    amount: PositiveMoney
    reason: Reason
    expires_on: Day


class RevokeIn(RequestModel):
    reason: Reason


class PolicyIn(RequestModel):
    """`blocked_after_days` null: nobody is blocked for being late."""

    blocked_after_days: int | None = Field(None, ge=0, le=3650)
    bank_bill_counts: Counts = "receipt"
    commercial_bill_counts: Counts = "maturity"


def temporary_limit_view(limit: TemporaryLimit) -> dict[str, Any]:
    return {
        "id": limit.id,
        "version": limit.version,
        "customer_id": limit.customer_id,
        "holder_id": limit.holder_id,
        "owner_id": limit.owner_id,
        "team_id": limit.team_id,
        "amount": money_view(limit.amount),
        "reason": limit.reason,
        "expires_on": limit.expires_on,
        "status": limit.status,
        "created_at": limit.created_at,
        "updated_at": limit.updated_at,
    }


def policy_view(policy: CreditPolicy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "version": policy.version,
        "blocked_after_days": policy.blocked_after_days,
        "bank_bill_counts": policy.bank_bill_counts,
        "commercial_bill_counts": policy.commercial_bill_counts,
    }


def position_view(customer_id: str, holder_id: str, stands: Position) -> dict[str, Any]:
    limit, left = stands.limit, stands.left
    return {
        "customer_id": customer_id,
        "holder_id": holder_id,
        "currency": stands.currency,
        "limit": None if limit is None else decimal_view(limit),
        "temporary": decimal_view(stands.temporary),
        "exposure": decimal_view(stands.exposure),
        "receivable": decimal_view(stands.receivable),
        "unshipped": decimal_view(stands.unshipped),
        "unallocated": decimal_view(stands.unallocated),
        "left": None if left is None else decimal_view(left),
        "overdue": decimal_view(stands.overdue),
        "overdue_days": stands.overdue_days,
    }


@router.get("/credit-positions/{customer_id}")
async def read_credit_position(customer_id: IdPath, reader: Reader) -> Response:
    """Limit, what is taken up and by what, and what is left; a group's for those who share it."""
    await require_customer(reader, customer_id, "credit-positions:read")

    async def stands(work: Work) -> dict[str, Any]:
        holder_id = await accounts.holder_of(work, customer_id)
        return position_view(customer_id, holder_id, await position(work, holder_id))

    return reader.show(await reader.core.commits.run(stands, caller=reader.caller))


@router.post("/temporary-credit-limits", status_code=201)
async def request_temporary_limit(body: TemporaryLimitIn, door: Door) -> Response:
    return await door.run(
        lambda work: limits.request_temporary_limit(
            work,
            customer_id=body.customer_id,
            amount=body.amount.value,
            reason=body.reason,
            expires_on=body.expires_on,
        ),
        shown=temporary_limit_view,
        created="/temporary-credit-limits",
    )


@router.get("/temporary-credit-limits")
async def list_temporary_limits(
    reader: Reader,
    customer_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("temporary-credit-limits:read")
    asked = {"customer_id": customer_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[TEMPORARY_LIMITS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=TEMPORARY_LIMITS.aggregate,
    )
    return reader.page([temporary_limit_view(one) for one in found.items], found.next_cursor)


@router.get("/temporary-credit-limits/{limit_id}")
async def read_temporary_limit(limit_id: IdPath, reader: Reader) -> Response:
    found = await reader.load(TEMPORARY_LIMITS, limit_id, "temporary-credit-limits:read")
    return reader.show(temporary_limit_view(found), version=found.version)


@router.post("/temporary-credit-limits/{limit_id}/revoke")
async def revoke_temporary_limit(limit_id: IdPath, body: RevokeIn, door: Door) -> Response:
    return await door.run(
        lambda work: limits.revoke_temporary_limit(work, limit_id, body.reason),
        shown=temporary_limit_view,
    )


@router.get("/credit-policies/company")
async def read_credit_policy(reader: Reader) -> Response:
    await reader.scope("credit-policies:read")
    policy = await reader.find(POLICIES, COMPANY) or default_policy()
    return reader.show(policy_view(policy), version=policy.version)


@router.post("/credit-policies/company/change")
async def change_credit_policy(body: PolicyIn, door: Door) -> Response:
    return await door.run(
        lambda work: limits.change_credit_policy(
            work,
            blocked_after_days=body.blocked_after_days,
            bank_bill_counts=body.bank_bill_counts,
            commercial_bill_counts=body.commercial_bill_counts,
        ),
        shown=policy_view,
    )
