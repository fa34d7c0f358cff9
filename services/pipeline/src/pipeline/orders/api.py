"""Orders over HTTP: `/orders`."""

from typing import Annotated, Any, Literal

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.moments import beginning_of
from pipeline.orders import commands
from pipeline.orders.model import Order
from pipeline.orders.store import ORDERS
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, LineIn, Reason
from pipeline.views import line_view, money_view

router = APIRouter(tags=["orders"])


class OrderIn(RequestModel):
    """For a deal, or for a customer. `history`: with the right to it, delivered already perhaps."""

    customer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    owner_id: Identifier | None = None
    number: str | None = Field(None, min_length=1, max_length=40)
    external_id: str | None = Field(None, min_length=1, max_length=64)
    lines: list[LineIn] = Field(min_length=1, max_length=200)
    placed_on: Day | None = None
    history: bool = False
    delivered_on: Day | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "OrderIn":
        if self.delivered_on is not None and not self.history:
            raise ValueError("only history is delivered already")
        if self.customer_id is None and self.opportunity_id is None:
            raise ValueError("an order names a customer_id or an opportunity_id")
        return self


class DeliverIn(RequestModel):
    delivered_on: Day | None = None


class CancelIn(RequestModel):
    reason: Reason


def order_view(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "version": order.version,
        "number": order.number,
        "external_id": order.external_id,
        "origin": order.origin,
        "customer_id": order.customer_id,
        "opportunity_id": order.opportunity_id,
        "owner_id": order.owner_id,
        "team_id": order.team_id,
        "region": order.region,
        "lines": [line_view(line) for line in order.lines],
        "total": money_view(order.total),
        "status": order.status,
        "placed_on": order.placed_on,
        "delivered_on": order.delivered_on,
        "cancelled_reason": order.cancelled_reason,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


async def _place(work: Work, body: OrderIn, door: Commanding) -> Order:
    timezone = door.core.settings.timezone
    given = commands.NewOrder(
        lines=[line.value for line in body.lines],
        customer_id=body.customer_id,
        opportunity_id=body.opportunity_id,
        owner_id=body.owner_id,
        number=body.number,
        external_id=body.external_id,
        placed_on=body.placed_on,
        delivered_on=body.delivered_on,
        is_history=body.history,
        placed_at=beginning_of(body.placed_on, timezone) if body.history else None,
        delivered_at=beginning_of(body.delivered_on, timezone),
    )
    return await commands.place_new_order(work, given, today=local_date(door.now, timezone))


@router.post("/orders", status_code=201)
async def place_order(body: OrderIn, door: Door) -> Response:
    return await door.run(
        lambda work: _place(work, body, door), shown=order_view, created="/orders"
    )


@router.post("/orders/batch")
async def place_orders(body: BatchIn, door: Door) -> Response:
    return await door.batch(
        body.items,
        OrderIn,
        lambda work, item: _place(work, item, door),
        shown=order_view,
        created="/orders",
    )


@router.get("/orders")
async def list_orders(
    reader: Reader,
    customer_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    status: Annotated[Literal["placed", "delivered", "cancelled"] | None, Query()] = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("orders:read")
    asked = {
        "customer_id": customer_id,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "status": status,
        "external_id": external_id,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[ORDERS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=ORDERS.aggregate,
    )
    return reader.page([order_view(order) for order in found.items], found.next_cursor)


@router.get("/orders/{order_id}")
async def read_order(order_id: IdPath, reader: Reader) -> Response:
    order = await reader.load(ORDERS, order_id, "orders:read")
    return reader.show(order_view(order), version=order.version)


@router.post("/orders/{order_id}/deliver")
async def deliver_order(order_id: IdPath, body: DeliverIn, door: Door) -> Response:
    today = local_date(door.now, door.core.settings.timezone)
    return await door.run(
        lambda work: commands.deliver_order(work, order_id, body.delivered_on, today=today),
        shown=order_view,
    )


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: IdPath, body: CancelIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.cancel_order(work, order_id, body.reason), shown=order_view
    )
