"""What is published about cases."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.cases import model

EVENTS: EventTable = {
    model.CaseRecorded: wire.CaseRecorded,
    model.CaseChanged: wire.CaseChanged,
    model.CaseWithdrawn: wire.CaseWithdrawn,
}
