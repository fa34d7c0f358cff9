"""What is published about payments."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.payments import model

EVENTS: EventTable = {model.PaymentReceived: wire.PaymentReceived}
