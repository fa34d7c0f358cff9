"""The one table from fact to contract: what this service publishes."""

from chassis.events import EventTable

from customers.contacts.events import EVENTS as CONTACTS
from customers.from_leads.events import EVENTS as FROM_LEADS
from customers.records.events import EVENTS as RECORDS

EVENTS: EventTable = {**RECORDS, **CONTACTS, **FROM_LEADS}
