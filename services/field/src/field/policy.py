"""The numbers that a company would want different, and their defaults."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class FieldPolicy:
    """Hours are local; distances in metres."""

    timezone: str = "Asia/Shanghai"
    plan_hour: int = 18
    """By this hour of the evening before, a plan is handed in."""
    decision_hour: int = 9
    """By this hour of its day, a plan that was handed in on time is decided."""
    fence_metres: float = 300
    fix_is_fresh_for: timedelta = timedelta(minutes=2)
    least_accuracy_metres: float = 300
    """A fix that may be off by more than this proves nothing."""
    device_may_lead_by: timedelta = timedelta(minutes=5)
    unexplained_after: timedelta = timedelta(minutes=5)
    """Device and receipt may differ by what the queue explains, and by this."""

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def at_hour(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), ZoneInfo(self.timezone))

    def start_of(self, day: date) -> datetime:
        return self.at_hour(day, 0)

    def plans_are_due(self, on: date) -> datetime:
        return self.at_hour(on - timedelta(days=1), self.plan_hour)

    def decisions_are_due(self, on: date) -> datetime:
        return self.at_hour(on, self.decision_hour)
