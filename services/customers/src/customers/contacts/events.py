"""Contacts: from fact to contract. Ids, roles and names of fields; never anything personal."""

from chassis.events import EventTable
from contracts import customers as wire

from customers.contacts import model

EVENTS: EventTable = {
    model.ContactAdded: wire.ContactAdded,
    model.ContactUpdated: wire.ContactUpdated,
    model.PersonErased: wire.ContactErased,
}
