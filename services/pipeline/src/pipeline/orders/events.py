"""What is published about orders."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.orders import model

EVENTS: EventTable = {
    model.OrderPlaced: wire.OrderPlaced,
    model.OrderShipped: wire.OrderShipped,
    model.OrderShipmentReversed: wire.OrderShipmentReversed,
    model.OrderDelivered: wire.OrderDelivered,
    model.OrderAccepted: wire.OrderAccepted,
    model.OrderAcceptanceRefused: wire.OrderAcceptanceRefused,
    model.OrderReturned: wire.OrderReturned,
    model.OrderCancelled: wire.OrderCancelled,
}
