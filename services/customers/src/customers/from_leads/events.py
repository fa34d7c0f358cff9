"""What is published when a lead's company is not registered."""

from chassis.events import EventTable
from contracts import customers as wire

from customers.from_leads import model

EVENTS: EventTable = {model.CustomerRefusalRecorded: wire.CustomerRefusalRecorded}
