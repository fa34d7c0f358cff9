"""What is published about payments."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.payments import model

EVENTS: EventTable = {
    model.PaymentReceived: wire.PaymentReceived,
    model.PaymentMatured: wire.PaymentMatured,
    model.PaymentClaimed: wire.PaymentClaimed,
    model.PaymentAllocated: wire.PaymentAllocated,
    model.PaymentReleased: wire.PaymentReleased,
    model.PaymentRefunded: wire.PaymentRefunded,
    model.PaymentReversed: wire.PaymentReversed,
}
