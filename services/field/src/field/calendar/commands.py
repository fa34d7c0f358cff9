"""What can be done with the working calendar."""

from chassis.work import Work

from field.calendar.model import COMPANY, Calendar, default_calendar, require_workdays
from field.calendar.store import CALENDARS


async def change_calendar(work: Work, changes: dict[str, object]) -> Calendar:
    """Change what is named; lists are replaced whole."""
    await work.scope("working-calendar:write")
    calendar = await work.find(CALENDARS, COMPANY)
    if calendar is None:
        calendar = work.add(CALENDARS, default_calendar(work.company.timezone))
    calendar.change(require_workdays(calendar.days, changes))
    return calendar
