"""What is published about tax rates."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.taxes import model

EVENTS: EventTable = {
    model.TaxRateSet: wire.TaxRateSet,
    model.TaxRateEnded: wire.TaxRateEnded,
}
