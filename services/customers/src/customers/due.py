"""What happens when a timer of this service is due: one table from its kind to its handler."""

from chassis.timers import Handler

from customers.from_leads.commands import APPLICATION, register_for_lead

TIMERS: dict[str, Handler] = {APPLICATION: register_for_lead}
