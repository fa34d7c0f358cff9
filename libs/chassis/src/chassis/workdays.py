"""A company's working calendar 工作日历 as a value: which days are worked, and at which hours.

Plain computation on local days; who keeps the calendar, and who is away, is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
FURTHEST = 3660
"""Days looked ahead before the calendar is said to have no working day."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Hours of a local day, half-open: from `start` up to, not including, `end`."""

    start: time
    end: time


OFFICE_HOURS = (Shift(start=time(9), end=time(12)), Shift(start=time(13), end=time(18)))


@dataclass(frozen=True, kw_only=True)
class Workdays:
    """Monday to Friday, nine to six with an hour's break, unless it says otherwise.

    `weekdays` count from 1 (Monday); `holidays` 节假日 are free whatever their weekday, and
    `make_up_days` 调休上班日 are worked whatever theirs. `hours` hold for every working day.

    Raises:
        ValueError: no weekday or no hour is worked, or a day is both free and worked.
    """

    timezone: str = "Asia/Shanghai"
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    hours: tuple[Shift, ...] = OFFICE_HOURS
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(1, 8)):
            raise ValueError("weekdays are numbers from 1 (Monday) to 7, at least one")
        if not self.hours or any(shift.start >= shift.end for shift in self.hours):
            raise ValueError("a day has hours, each ending after it starts")
        ends = [shift.end for shift in self.hours]
        if any(shift.start < end for shift, end in zip(self.hours[1:], ends, strict=False)):
            raise ValueError("hours follow one another without overlap")
        if self.holidays & self.make_up_days:
            raise ValueError("a day is either free or worked")

    def is_working(self, on: date) -> bool:
        if on in self.make_up_days:
            return True
        return on not in self.holidays and on.isoweekday() in self.weekdays

    def next_working(self, on: date) -> date:
        """`on` itself if it is worked, else the first working day after it."""
        return next(self._working_from(on))

    def add_working_days(self, on: date, days: int) -> date:
        """The working day that is `days` after `on`; for 0, the next working day."""
        if days < 0:
            raise ValueError("only forwards")
        if days == 0:
            return self.next_working(on)
        ahead = self._working_from(on + DAY)
        for _ in range(days - 1):
            next(ahead)
        return next(ahead)

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime:
        """When so much working time has passed since `moment`; in UTC.

        Time outside working hours does not pass. For no time at all: the first moment of work.
        """
        left = amount
        for start, end in self._shifts_from(moment):
            if left < end - start or (left == end - start and left):
                return start + left
            left -= end - start
        raise AssertionError("unreachable")

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments; none if `end` is not after `start`."""
        passed = timedelta()
        for opens, closes in self._shifts_from(start):
            if opens >= end:
                break
            passed += min(closes, end) - opens
        return passed

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def opens_at(self, on: date) -> datetime:
        """The moment, in UTC, at which work begins on that local day."""
        return self._moment(on, self.hours[0].start)

    def closes_at(self, on: date) -> datetime:
        return self._moment(on, self.hours[-1].end)

    def _working_from(self, on: date) -> Iterator[date]:
        free = 0
        while free < FURTHEST:
            if self.is_working(on):
                free = 0
                yield on
            free += 1
            on += DAY
        raise ValueError("the calendar has no working day in the next ten years")

    def _shifts_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of each shift from `moment` on."""
        for day in self._working_from(self.local_date(moment)):
            for shift in self.hours:
                start, end = self._moment(day, shift.start), self._moment(day, shift.end)
                if end > moment:
                    yield max(start, moment).astimezone(UTC), end

    def _moment(self, on: date, at: time) -> datetime:
        return datetime.combine(on, at, ZoneInfo(self.timezone)).astimezone(UTC)
