"""Payments over HTTP: `/payments`."""

from typing import Annotated, Any, Literal

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.moments import beginning_of
from pipeline.payments import commands
from pipeline.payments.model import Payment
from pipeline.payments.store import PAYMENTS
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, PositiveMoney
from pipeline.views import money_view

router = APIRouter(tags=["payments"])


class PaymentIn(RequestModel):
    """For an order, a deal or a customer. `history`: with the right to it, not counted as new."""

    amount: PositiveMoney
    method: Literal["transfer", "cash", "bank_bill", "commercial_bill", "other"] = "transfer"
    customer_id: Identifier | None = None
    order_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    owner_id: Identifier | None = None
    external_id: str | None = Field(None, min_length=1, max_length=64)
    received_on: Day | None = None
    history: bool = False

    @model_validator(mode="after")
    def _is_for_somebody(self) -> "PaymentIn":
        if not (self.customer_id or self.order_id or self.opportunity_id):
            raise ValueError("a payment names a customer_id, an order_id or an opportunity_id")
        return self


def payment_view(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "version": payment.version,
        "external_id": payment.external_id,
        "origin": payment.origin,
        "customer_id": payment.customer_id,
        "order_id": payment.order_id,
        "opportunity_id": payment.opportunity_id,
        "owner_id": payment.owner_id,
        "team_id": payment.team_id,
        "region": payment.region,
        "amount": money_view(payment.amount),
        "method": payment.method,
        "received_on": payment.received_on,
        "created_at": payment.created_at,
    }


async def _receive(work: Work, body: PaymentIn, door: Commanding) -> Payment:
    timezone = door.core.settings.timezone
    given = commands.NewPayment(
        amount=body.amount.value,
        method=body.method,
        customer_id=body.customer_id,
        order_id=body.order_id,
        opportunity_id=body.opportunity_id,
        owner_id=body.owner_id,
        external_id=body.external_id,
        received_on=body.received_on,
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
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("payments:read")
    asked = {
        "customer_id": customer_id,
        "order_id": order_id,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "external_id": external_id,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
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
