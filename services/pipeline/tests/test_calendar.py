"""What the pipeline knows of working days and absences, from the field's events."""

from datetime import date

from chassis.testkit.running import Running, deliver
from chassis.work import Work
from contracts import field
from contracts.values import LeaveId, StaffId
from pipeline import calendar

FRIDAY, SATURDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)


def a_calendar(**more: object) -> field.WorkingCalendar:
    given: dict[str, object] = {
        "timezone": "Asia/Shanghai",
        "weekdays": [1, 2, 3, 4, 5],
        "hours": [field.WorkingShift(start="08:30", end="17:30")],
    }
    return field.WorkingCalendar(**(given | more))  # type: ignore[arg-type]


async def grant(pipeline: Running, staff: str, first: date, last: date) -> None:
    granted = field.LeaveGranted(
        leave_id=LeaveId(f"leave-{staff}"),
        staff_id=StaffId(staff),
        kind="leave",
        first_on=first,
        last_on=last,
        granted_by=StaffId("boss"),
    )
    await deliver(pipeline, granted, subject=f"leave-{staff}", sequence=1)


async def present(pipeline: Running, on: date, *staff: str) -> date:
    async def ask(work: Work) -> date:
        return await calendar.when_present(work, staff, on)

    return await pipeline.commits.run(ask)


async def test_the_calendar_of_the_field_is_followed(pipeline: Running) -> None:
    assert await present(pipeline, SATURDAY) == MONDAY
    changed = field.CalendarChanged(
        calendar_id="company",
        calendar=a_calendar(holidays=[MONDAY], make_up_days=[SATURDAY]),
    )
    await deliver(pipeline, changed, subject="company")
    assert await present(pipeline, SATURDAY) == SATURDAY
    assert await present(pipeline, date(2026, 3, 8)) == date(2026, 3, 10)
    days = await pipeline.commits.run(calendar.workdays)
    assert days.opens_at(SATURDAY).isoformat() == "2026-03-07T00:30:00+00:00"


async def test_what_is_due_waits_for_whoever_is_away_until_the_leave_is_cancelled(
    pipeline: Running,
) -> None:
    await grant(pipeline, "boss", FRIDAY, MONDAY)
    assert await present(pipeline, FRIDAY, "rep-1") == FRIDAY
    assert await present(pipeline, FRIDAY, "rep-1", "boss") == date(2026, 3, 10)
    cancelled = field.LeaveCancelled(
        leave_id=LeaveId("leave-boss"), staff_id=StaffId("boss"), was_granted=True
    )
    await deliver(pipeline, cancelled, subject="leave-boss")
    assert await present(pipeline, FRIDAY, "rep-1", "boss") == FRIDAY


async def test_a_long_absence_holds_things_up_for_two_weeks_only(pipeline: Running) -> None:
    await grant(pipeline, "boss", FRIDAY, date(2026, 9, 1))
    assert await present(pipeline, FRIDAY, "boss") == date(2026, 3, 20)
