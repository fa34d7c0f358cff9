"""The working calendar: from fact to contract."""

from chassis.events import EventTable
from chassis.workdays import Workdays
from contracts import field as wire

from field.calendar import model


def _changed(calendar: model.Calendar, fact: model.CalendarChanged) -> wire.CalendarChanged:
    return wire.CalendarChanged(
        calendar_id=calendar.id, calendar=_told(fact.days), previous=_told(fact.previous)
    )


def _told(days: Workdays) -> wire.WorkingCalendar:
    return wire.WorkingCalendar(
        timezone=days.timezone,
        weekdays=sorted(days.weekdays),
        hours=[
            wire.WorkingShift(start=f"{shift.start:%H:%M}", end=f"{shift.end:%H:%M}")
            for shift in days.hours
        ],
        holidays=sorted(days.holidays),
        make_up_days=sorted(days.make_up_days),
    )


EVENTS: EventTable = {model.CalendarChanged: _changed}
