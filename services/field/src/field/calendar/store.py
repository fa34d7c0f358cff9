"""Where the working calendar lies."""

from chassis.store import Stored

from field.calendar.model import Calendar

CALENDARS = Stored(Calendar, "calendars")
