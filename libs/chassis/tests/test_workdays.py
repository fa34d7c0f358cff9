"""The working calendar: days, hours, holidays and the days worked in exchange (调休)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from chassis.workdays import Shift, Workdays
from hypothesis import given
from hypothesis import strategies as st

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Spring festival 2026: free from Sunday 15 to Monday 23 February, worked on Saturday 14 and 28.
FESTIVAL = frozenset(date(2026, 2, day) for day in range(15, 24))
CALENDAR = Workdays(
    holidays=FESTIVAL, make_up_days=frozenset({date(2026, 2, 14), date(2026, 2, 28)})
)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
MINUTES = st.integers(0, 2 * 365 * 24 * 60)
MOMENTS = MINUTES.map(lambda m: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
AMOUNTS = st.timedeltas(timedelta(), timedelta(hours=60))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


def test_a_holiday_is_free_and_the_saturday_worked_for_it_is_not() -> None:
    assert not CALENDAR.is_working(date(2026, 2, 17))
    assert CALENDAR.is_working(date(2026, 2, 14))
    assert not CALENDAR.is_working(date(2026, 2, 7))
    assert CALENDAR.next_working(date(2026, 2, 15)) == date(2026, 2, 24)


def test_working_days_are_counted_over_a_holiday() -> None:
    assert CALENDAR.add_working_days(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CALENDAR.add_working_days(date(2026, 2, 27), 1) == date(2026, 2, 28)
    assert CALENDAR.add_working_days(date(2026, 2, 18), 0) == date(2026, 2, 24)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (local(2026, 3, 2, 9), timedelta(minutes=30), local(2026, 3, 2, 9, 30)),
        (local(2026, 3, 2, 11, 50), timedelta(minutes=30), local(2026, 3, 2, 13, 20)),
        (local(2026, 3, 2, 9), timedelta(hours=3), local(2026, 3, 2, 12)),
        (local(2026, 3, 6, 17), timedelta(hours=4), local(2026, 3, 9, 12)),
        (local(2026, 3, 7, 10), timedelta(0), local(2026, 3, 9, 9)),
        (local(2026, 2, 14, 17), timedelta(hours=2), local(2026, 2, 24, 10)),
    ],
)
def test_time_passes_only_while_people_work(
    start: datetime, amount: timedelta, end: datetime
) -> None:
    assert CALENDAR.add_working_time(start, amount) == end


@given(MOMENTS, AMOUNTS)
def test_working_time_measures_what_was_added(start: datetime, amount: timedelta) -> None:
    assert CALENDAR.working_time(start, CALENDAR.add_working_time(start, amount)) == amount


@given(MOMENTS, AMOUNTS, AMOUNTS)
def test_adding_twice_is_adding_the_sum(
    start: datetime, first: timedelta, second: timedelta
) -> None:
    in_two = CALENDAR.add_working_time(CALENDAR.add_working_time(start, first), second)
    at_once = CALENDAR.add_working_time(start, first + second)
    # Between the end of one shift and the start of the next no time passes.
    assert CALENDAR.working_time(min(in_two, at_once), max(in_two, at_once)) == timedelta()


@given(DAYS, st.integers(0, 40))
def test_added_working_days_are_worked_and_as_many(on: date, days: int) -> None:
    reached = CALENDAR.add_working_days(on, days)
    between = (on + timedelta(days=step) for step in range(1, (reached - on).days + 1))
    assert CALENDAR.is_working(reached)
    if days:
        assert sum(CALENDAR.is_working(day) for day in between) == days


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": frozenset[int]()},
        {"weekdays": frozenset({8})},
        {"hours": ()},
        {"hours": (Shift(start=time(9), end=time(9)),)},
        {
            "hours": (
                Shift(start=time(9), end=time(12)),
                Shift(start=time(11), end=time(18)),
            )
        },
        {"holidays": FESTIVAL, "make_up_days": FESTIVAL},
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(wrong: dict[str, frozenset[int]]) -> None:
    with pytest.raises(ValueError, match=r"weekdays|hours|either"):
        Workdays(**wrong)  # type: ignore[arg-type]
