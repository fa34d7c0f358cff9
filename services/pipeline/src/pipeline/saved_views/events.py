"""What is published about saved views."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.saved_views import model

EVENTS: EventTable = {
    model.ViewSaved: wire.ViewSaved,
    model.ViewChanged: wire.ViewChanged,
    model.ViewRemoved: wire.ViewRemoved,
}
