"""What is published about public forms."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.lead_forms import model

EVENTS: EventTable = {
    model.LeadFormOpened: wire.LeadFormOpened,
    model.LeadFormChanged: wire.LeadFormChanged,
    model.LeadFormShut: wire.LeadFormClosed,
}
