"""What is published about orders."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.orders import model

EVENTS: EventTable = {
    model.OrderPlaced: wire.OrderPlaced,
    model.OrderDelivered: wire.OrderDelivered,
    model.OrderCancelled: wire.OrderCancelled,
}
