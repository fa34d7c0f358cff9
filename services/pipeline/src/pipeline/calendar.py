"""The pipeline's copy of the working calendar and of who is away, kept from the field's events.

Read by id only, so that handlers of events and timers may ask, too.
"""

from collections.abc import Sequence
from datetime import date, time

from chassis.door import Reading
from chassis.mongo import Document
from chassis.work import Work
from chassis.workdays import DAY, Shift, Workdays

CALENDARS, ABSENCES = "calendar_copy", "absence_copy"
COMPANY = "company"
LONGEST_WAIT_DAYS = 14
"""A reviewer's or owner's absence moves what is due by no more days than this."""


async def workdays(work: Work) -> Workdays:
    """The company's working days; Monday to Friday until the field has told of any."""
    return _workdays(await work.document(CALENDARS, COMPANY), work.company.timezone)


async def workdays_shown(reader: Reading) -> Workdays:
    return _workdays(await reader.document(CALENDARS, COMPANY), reader.core.settings.timezone)


async def is_away(work: Work, staff_id: str, on: date) -> bool:
    """Whether they are on leave 请假 or travelling 出差 that local day."""
    return _is_away(await work.document(ABSENCES, staff_id), on)


async def when_present(work: Work, staff_ids: Sequence[str], on: date) -> date:
    """The first working day from `on` on which all of them are there.

    Somebody who is away for long does not hold things up for ever: after two weeks it is the next
    working day, whoever is there.
    """
    days = await workdays(work)
    absent = [await work.document(ABSENCES, staff_id) for staff_id in staff_ids]
    last = days.next_working(on + LONGEST_WAIT_DAYS * DAY)
    day = days.next_working(on)
    while day < last and any(_is_away(one, day) for one in absent):
        day = days.add_working_days(day, 1)
    return day


def _workdays(document: Document | None, timezone: str) -> Workdays:
    if document is None:
        return Workdays(timezone=timezone)
    return Workdays(
        timezone=document["timezone"],
        weekdays=frozenset(document["weekdays"]),
        hours=tuple(
            Shift(start=time.fromisoformat(start), end=time.fromisoformat(end))
            for start, end in document["hours"]
        ),
        holidays=frozenset(map(date.fromisoformat, document["holidays"])),
        make_up_days=frozenset(map(date.fromisoformat, document["make_up_days"])),
    )


def _is_away(document: Document | None, on: date) -> bool:
    leaves = [] if document is None else document["leaves"].values()
    return any(first <= on.isoformat() <= last for first, last in leaves)


# Kept by `consumers`


def keep_calendar(work: Work, calendar_id: str, days: Workdays) -> None:
    work.put(
        CALENDARS,
        {
            "_id": calendar_id,
            "timezone": days.timezone,
            "weekdays": sorted(days.weekdays),
            "hours": [[f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"] for shift in days.hours],
            "holidays": sorted(day.isoformat() for day in days.holidays),
            "make_up_days": sorted(day.isoformat() for day in days.make_up_days),
        },
    )


async def note_absence(
    work: Work, staff_id: str, leave_id: str, first_on: date, last_on: date
) -> None:
    known = await work.document(ABSENCES, staff_id) or {"_id": staff_id, "leaves": {}}
    days = [first_on.isoformat(), last_on.isoformat()]
    work.put(ABSENCES, known | {"leaves": known["leaves"] | {leave_id: days}})


async def forget_absence(work: Work, staff_id: str, leave_id: str) -> None:
    known = await work.document(ABSENCES, staff_id)
    if known is not None:
        left = {leave: days for leave, days in known["leaves"].items() if leave != leave_id}
        work.put(ABSENCES, known | {"leaves": left})
