"""Orders: the order itself, its facts, and the quantities that bound it."""

from pipeline.orders.model.facts import (
    OrderAcceptanceRefused,
    OrderAccepted,
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderReturned,
    OrderShipmentReversed,
    OrderShipped,
)
from pipeline.orders.model.movements import (
    Delivery,
    Freed,
    NothingToAccept,
    OrderSettled,
    Return,
    Shipment,
)
from pipeline.orders.model.order import (
    CANCELLED,
    CORRECTION,
    DELIVERED,
    OUTCOMES,
    PARTLY,
    PLACED,
    REFUND,
    REPLACEMENT,
    RETURNED,
    Order,
)
from pipeline.orders.model.placing import place_order
from pipeline.orders.model.quantities import LineStanding, Part, QuantityExceeded, worth

__all__ = [
    "CANCELLED",
    "CORRECTION",
    "DELIVERED",
    "OUTCOMES",
    "PARTLY",
    "PLACED",
    "REFUND",
    "REPLACEMENT",
    "RETURNED",
    "Delivery",
    "Freed",
    "LineStanding",
    "NothingToAccept",
    "Order",
    "OrderAcceptanceRefused",
    "OrderAccepted",
    "OrderCancelled",
    "OrderDelivered",
    "OrderPlaced",
    "OrderReturned",
    "OrderSettled",
    "OrderShipmentReversed",
    "OrderShipped",
    "Part",
    "QuantityExceeded",
    "Return",
    "Shipment",
    "place_order",
    "worth",
]
