"""The HTTP door of the working calendar."""

from datetime import date, time
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.workdays import Shift
from fastapi import APIRouter, Response
from pydantic import Field

from field.calendar import commands
from field.calendar.model import COMPANY, Calendar, default_calendar
from field.calendar.store import CALENDARS

router = APIRouter(tags=["working-calendar"])
Days = Annotated[list[date], Field(max_length=1000)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ShiftIn(RequestModel):
    start: Clock
    end: Clock


class CalendarChange(RequestModel):
    """What is not named stays; weekdays count from 1 (Monday)."""

    weekdays: list[Annotated[int, Field(ge=1, le=7)]] | None = Field(None, max_length=7)
    hours: list[ShiftIn] | None = Field(None, max_length=10)
    holidays: Days | None = None
    make_up_days: Days | None = None

    def changes(self) -> dict[str, object]:
        found: dict[str, object] = {
            name: frozenset(value)
            for name in ("weekdays", "holidays", "make_up_days")
            if (value := getattr(self, name)) is not None
        }
        if self.hours is not None:
            found["hours"] = tuple(
                Shift(start=time.fromisoformat(one.start), end=time.fromisoformat(one.end))
                for one in self.hours
            )
        return found


def calendar_view(calendar: Calendar) -> dict[str, Any]:
    days = calendar.days
    return {
        "id": calendar.id,
        "version": calendar.version,
        "timezone": days.timezone,
        "weekdays": sorted(days.weekdays),
        "hours": [
            {"start": f"{shift.start:%H:%M}", "end": f"{shift.end:%H:%M}"} for shift in days.hours
        ],
        "holidays": sorted(days.holidays),
        "make_up_days": sorted(days.make_up_days),
        "updated_at": calendar.updated_at,
    }


@router.get("/working-calendar")
async def read_calendar(reader: Reader) -> Response:
    """Everybody's; as it comes with the company's time zone until somebody changes it."""
    await reader.scope("working-calendar:read")
    calendar = await reader.find(CALENDARS, COMPANY)
    if calendar is None:
        calendar = default_calendar(reader.core.settings.timezone)
    return reader.show(calendar_view(calendar), version=calendar.version)


@router.patch("/working-calendar")
async def change_calendar(body: CalendarChange, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_calendar(work, body.changes()), shown=calendar_view
    )
