"""What is published about deal facts."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.deal_facts import model

EVENTS: EventTable = {
    model.DealFactRecorded: wire.DealFactRecorded,
    model.DealFactWithdrawn: wire.DealFactWithdrawn,
}
