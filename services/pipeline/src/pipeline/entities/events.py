"""What is published about selling entities."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.entities import model

EVENTS: EventTable = {
    model.EntityRegistered: wire.SellingEntityRegistered,
    model.EntityChanged: wire.SellingEntityChanged,
    model.EntityActivated: wire.SellingEntityActivated,
}
