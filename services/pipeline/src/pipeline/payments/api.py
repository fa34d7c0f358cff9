"""Payments over HTTP: `/payments`."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from pipeline.moments import beginning_of
from pipeline.payments import commands
from pipeline.payments.model import Payment
from pipeline.payments.requests import (
    AllocateIn,
    ClaimIn,
    PaymentIn,
    RefundIn,
    ReleaseIn,
    ReverseIn,
)
from pipeline.payments.store import PAYMENTS
from pipeline.requests import Cursor, IdPath, IdQuery, Limit
from pipeline.views import money_view

router = APIRouter(tags=["payments"])


def payment_view(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "version": payment.version,
        "external_id": payment.external_id,
        "origin": payment.origin,
        "customer_id": payment.customer_id,
        "order_id": payment.order_id,
        "contract_id": payment.contract_id,
        "opportunity_id": payment.opportunity_id,
        "owner_id": payment.owner_id,
        "team_id": payment.team_id,
        "region": payment.region,
        "amount": money_view(payment.amount),
        "method": payment.method,
        "received_on": payment.received_on,
        "status": payment.status,
        "bill_number": payment.bill_number,
        "matures_on": payment.matures_on,
        "counts_on": payment.counts_on,
        "unallocated": money_view(payment.unallocated),
        "allocations": [
            {
                "payment_milestone_id": one.payment_milestone_id,
                "amount": money_view(one.amount),
                "settled": money_view(one.settled),
                "on": one.on,
            }
            for one in payment.allocations
        ],
        "refunds": [
            {"amount": money_view(one.amount), "on": one.on, "reason": one.reason}
            for one in payment.refunds
        ],
        "reversed_because": payment.reversed_because,
        "created_at": payment.created_at,
    }


async def _receive(work: Work, body: PaymentIn, door: Commanding) -> Payment:
    timezone = door.core.settings.timezone
    given = commands.NewPayment(
        amount=body.amount.value,
        method=body.method,
        customer_id=body.customer_id,
        order_id=body.order_id,
        contract_id=body.contract_id,
        opportunity_id=body.opportunity_id,
        owner_id=body.owner_id,
        external_id=body.external_id,
        received_on=body.received_on,
        bill_number=body.bill_number,
        matures_on=body.matures_on,
        allocations=None if body.allocations is None else [one.value for one in body.allocations],
        is_history=body.history,
        received_at=beginning_of(body.received_on, timezone) if body.history else None,
    )
    return await commands.receive_new_payment(work, given, today=local_date(door.now, timezone))


@router.post("/payments", status_code=201)
async def receive_payment(body: PaymentIn, door: Door) -> Response:
    return await door.run(
        lambda work: _receive(work, body, door), shown=payment_view, created="/payments"
    )


@router.post("/payments/batch")
async def receive_payments(body: BatchIn, door: Door) -> Response:
    return await door.batch(
        body.items,
        PaymentIn,
        lambda work, item: _receive(work, item, door),
        shown=payment_view,
        created="/payments",
    )


@router.get("/payments")
async def list_payments(
    reader: Reader,
    customer_id: IdQuery = None,
    order_id: IdQuery = None,
    contract_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    status: Annotated[Literal["pending", "received", "reversed"] | None, Query()] = None,
    is_free: Annotated[bool | None, Query()] = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("payments:read")
    asked = {
        "customer_id": customer_id,
        "order_id": order_id,
        "contract_id": contract_id,
        "status": status,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "external_id": external_id,
    }
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if is_free:
        wanted |= {"status": "received", "unallocated.amount": {"$gt": Decimal(0)}}
    found = await page(
        reader.db[PAYMENTS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=PAYMENTS.aggregate,
    )
    return reader.page([payment_view(payment) for payment in found.items], found.next_cursor)


@router.get("/payments/{payment_id}")
async def read_payment(payment_id: IdPath, reader: Reader) -> Response:
    payment = await reader.load(PAYMENTS, payment_id, "payments:read")
    return reader.show(payment_view(payment), version=payment.version)


@router.post("/payments/{payment_id}/claim")
async def claim_payment(payment_id: IdPath, body: ClaimIn, door: Door) -> Response:
    """回款认领."""
    return await door.run(
        lambda work: commands.claim_payment(
            work, payment_id, contract_id=body.contract_id, order_id=body.order_id
        ),
        shown=payment_view,
    )


@router.post("/payments/{payment_id}/allocate")
async def allocate_payment(payment_id: IdPath, body: AllocateIn, door: Door) -> Response:
    choices = None if body.allocations is None else [one.value for one in body.allocations]
    return await door.run(
        lambda work: commands.allocate_payment(work, payment_id, choices), shown=payment_view
    )


@router.post("/payments/{payment_id}/release")
async def release_payment(payment_id: IdPath, body: ReleaseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.release_payment(
            work, payment_id, body.payment_milestone_id, body.reason
        ),
        shown=payment_view,
    )


@router.post("/payments/{payment_id}/refund")
async def refund_payment(payment_id: IdPath, body: RefundIn, door: Door) -> Response:
    amount = body.amount.value if body.amount else None
    return await door.run(
        lambda work: commands.refund_payment(
            work, payment_id, amount, body.refunded_on, body.reason
        ),
        shown=payment_view,
    )


@router.post("/payments/{payment_id}/reverse")
async def reverse_payment(payment_id: IdPath, body: ReverseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.reverse_payment(work, payment_id, body.reason), shown=payment_view
    )


@router.post("/payments/{payment_id}/dishonour")
async def dishonour_payment(payment_id: IdPath, body: ReverseIn, door: Door) -> Response:
    """Its bill was not paid 拒付."""
    return await door.run(
        lambda work: commands.reverse_payment(work, payment_id, body.reason, is_dishonoured=True),
        shown=payment_view,
    )
