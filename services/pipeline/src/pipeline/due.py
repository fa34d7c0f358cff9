"""What happens when a timer of this service is due: one table from its kind to its handler."""

from chassis.timers import Handler

TIMERS: dict[str, Handler] = {}
