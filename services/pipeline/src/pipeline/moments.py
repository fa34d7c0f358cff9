"""Local days as moments."""

from datetime import UTC, date, datetime, time
from typing import overload
from zoneinfo import ZoneInfo


@overload
def beginning_of(on: date, timezone: str) -> datetime: ...
@overload
def beginning_of(on: None, timezone: str) -> None: ...
def beginning_of(on: date | None, timezone: str) -> datetime | None:
    """The moment a local day begins; None for none."""
    if on is None:
        return None
    return datetime.combine(on, time(), ZoneInfo(timezone)).astimezone(UTC)
