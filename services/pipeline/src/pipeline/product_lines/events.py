"""What is published about product lines."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.product_lines import model

EVENTS: EventTable = {
    model.ProductLineRecorded: wire.ProductLineRecorded,
    model.ProductLineChanged: wire.ProductLineChanged,
}
