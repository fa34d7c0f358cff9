"""Time as a part that can be swapped: aware, UTC, whole milliseconds (what MongoDB keeps)."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return whole_milliseconds(datetime.now(UTC))


class VirtualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = whole_milliseconds(start.astimezone(UTC))

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        self._now = whole_milliseconds(self._now + by)
        return self._now

    def set(self, to: datetime) -> None:
        self._now = whole_milliseconds(to.astimezone(UTC))


def whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local_date(moment: datetime, timezone: str) -> date:
    """The calendar day of `moment` in an IANA time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


class Company(NamedTuple):
    """What every rule may need to know of the company: its currency, and where its days begin."""

    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"

    def day(self, moment: datetime) -> date:
        return local_date(moment, self.timezone)


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds and a `Z`, as it stands in event headers."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
