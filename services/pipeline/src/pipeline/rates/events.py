"""What is published about exchange rates."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.rates import model

EVENTS: EventTable = {
    model.ExchangeRateSet: wire.ExchangeRateSet,
    model.ExchangeRateCorrected: wire.ExchangeRateCorrected,
}
