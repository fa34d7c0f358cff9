"""An order as it is shown over HTTP: what was ordered, and how far it got."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pipeline.orders.model import Delivery, LineStanding, Order, Part, Return, Shipment
from pipeline.pricing.views import paper_line_view
from pipeline.views import line_view, money_view


def order_view(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "version": order.version,
        "number": order.number,
        "external_id": order.external_id,
        "origin": order.origin,
        "customer_id": order.customer_id,
        "opportunity_id": order.opportunity_id,
        "contract_id": order.contract_id,
        "quote_id": order.quote_id,
        "owner_id": order.owner_id,
        "team_id": order.team_id,
        "region": order.region,
        "lines": [
            line | _standing_view(standing)
            for line, standing in zip(_line_views(order), order.line_standings, strict=True)
        ],
        "total": money_view(order.total),
        "gross": money_view(order.gross),
        "unshipped": money_view(order.unshipped),
        "revenue": money_view(order.revenue),
        "status": order.status,
        "placed_on": order.placed_on,
        "delivered_on": order.delivered_on,
        "accepted_on": order.accepted_on,
        "cancelled_reason": order.cancelled_reason,
        "shipments": [_shipment_view(one) for one in order.shipments],
        "deliveries": [_delivery_view(one) for one in order.deliveries],
        "returns": [_return_view(one) for one in order.returns],
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def _line_views(order: Order) -> list[dict[str, Any]]:
    """`amount` is without tax, whichever form the line has."""
    if not order.paper_lines:
        return [line_view(line) for line in order.lines]
    numbers = order.contract_lines or [0 for _ in order.paper_lines]
    return [
        paper_line_view(line) | {"amount": money_view(line.net), "contract_line": number or None}
        for line, number in zip(order.paper_lines, numbers, strict=True)
    ]


def _standing_view(line: LineStanding) -> dict[str, str]:
    return {
        "shipped": _told(line.shipped),
        "delivered": _told(line.delivered),
        "returned": _told(line.returned),
        "cancelled": _told(line.cancelled),
        "to_ship": _told(line.to_ship),
        "to_deliver": _told(line.to_deliver),
    }


def _shipment_view(shipment: Shipment) -> dict[str, Any]:
    return {
        "number": shipment.number,
        "shipped_on": shipment.shipped_on,
        "lines": _parts_view(shipment.parts),
        "carrier": shipment.carrier,
        "waybill": shipment.waybill,
    }


def _delivery_view(delivery: Delivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "delivered_on": delivery.delivered_on,
        "lines": _parts_view(delivery.parts),
        "amount": money_view(delivery.amount),
        "accepted_on": delivery.accepted_on,
    }


def _return_view(one: Return) -> dict[str, Any]:
    return {
        "number": one.number,
        "returned_on": one.returned_on,
        "lines": _parts_view(one.parts),
        "amount": money_view(one.amount),
        "outcome": one.outcome,
        "reason": one.reason,
    }


def _parts_view(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"line": part.line, "quantity": _told(part.quantity)} for part in parts]


def _told(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
