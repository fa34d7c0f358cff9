"""What is published about price lists."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.price_lists import model

EVENTS: EventTable = {
    model.PriceListDrafted: wire.PriceListDrafted,
    model.PriceListChanged: wire.PriceListChanged,
    model.PriceListPublished: wire.PriceListPublished,
    model.PriceListEnded: wire.PriceListEnded,
}
