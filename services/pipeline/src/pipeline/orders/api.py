"""Orders over HTTP: `/orders`."""

from typing import Annotated

from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from pipeline.moments import beginning_of
from pipeline.orders import commands, fulfilment
from pipeline.orders.model import Order
from pipeline.orders.requests import (
    AcceptIn,
    CancelIn,
    DeliverIn,
    OrderIn,
    RefuseAcceptanceIn,
    ReturnIn,
    ReverseShipmentIn,
    ShipIn,
    Status,
)
from pipeline.orders.store import ORDERS
from pipeline.orders.views import order_view
from pipeline.requests import Cursor, IdPath, IdQuery, Limit

router = APIRouter(tags=["orders"])


async def _place(work: Work, body: OrderIn, door: Commanding) -> Order:
    timezone = door.core.settings.timezone
    given = commands.NewOrder(
        lines=[line.value for line in body.lines],
        paper_lines=[line.value for line in body.paper_lines],
        currency=body.currency,
        parts=[part.value for part in body.parts],
        contract_id=body.contract_id,
        quote_id=body.quote_id,
        options=body.options,
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
    return await commands.place_new_order(work, given)


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
    contract_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("orders:read")
    asked = {
        "customer_id": customer_id,
        "opportunity_id": opportunity_id,
        "contract_id": contract_id,
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


@router.post("/orders/{order_id}/ship")
async def ship_order(order_id: IdPath, body: ShipIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.ship_order(
            work,
            order_id,
            body.moved,
            on=body.shipped_on,
            carrier=body.carrier,
            waybill=body.waybill,
        ),
        shown=order_view,
    )


@router.post("/orders/{order_id}/reverse-shipment")
async def reverse_shipment(order_id: IdPath, body: ReverseShipmentIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.reverse_shipment(work, order_id, body.moved, body.reason),
        shown=order_view,
    )


@router.post("/orders/{order_id}/deliver")
async def deliver_order(order_id: IdPath, body: DeliverIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.deliver_order(work, order_id, body.moved, on=body.delivered_on),
        shown=order_view,
    )


@router.post("/orders/{order_id}/accept")
async def accept_order(order_id: IdPath, body: AcceptIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.accept_order(
            work,
            order_id,
            body.deliveries,
            on=body.accepted_on,
            file_id=body.file_id,
        ),
        shown=order_view,
    )


@router.post("/orders/{order_id}/refuse-acceptance")
async def refuse_acceptance(order_id: IdPath, body: RefuseAcceptanceIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.refuse_acceptance(
            work,
            order_id,
            body.deliveries,
            body.reason,
            on=body.refused_on,
        ),
        shown=order_view,
    )


@router.post("/orders/{order_id}/return")
async def return_order(order_id: IdPath, body: ReturnIn, door: Door) -> Response:
    return await door.run(
        lambda work: fulfilment.take_goods_back(
            work,
            order_id,
            body.moved,
            outcome=body.outcome,
            reason=body.reason,
            on=body.returned_on,
        ),
        shown=order_view,
    )


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: IdPath, body: CancelIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.cancel_order(work, order_id, body.reason), shown=order_view
    )
