"""What is published about agreed prices."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.agreed_prices import model

EVENTS: EventTable = {
    model.AgreedPriceProposed: wire.AgreedPriceProposed,
    model.AgreedPriceSettled: wire.AgreedPriceSettled,
    model.AgreedPriceEnded: wire.AgreedPriceEnded,
}
