"""The company's working calendar 工作日历: a weekly pattern, holidays, days worked in exchange."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.workdays import Workdays

COMPANY = "company"


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Fact):
    days: Workdays
    previous: Workdays


@dataclass(kw_only=True)
class Calendar(Aggregate):
    """There is one, the company's; unchanged it is Monday to Friday, nine to six."""

    TYPE: ClassVar[str] = "calendar"

    days: Workdays

    @property
    def calendar_id(self) -> str:
        return self.id

    def change(self, days: Workdays) -> None:
        if days != self.days:
            previous, self.days = self.days, days
            self.record(CalendarChanged(days=days, previous=previous))


def default_calendar(timezone: str) -> Calendar:
    return Calendar(id=COMPANY, key=COMPANY, days=Workdays(timezone=timezone))


def require_workdays(pattern: Workdays, changes: dict[str, object]) -> Workdays:
    """`pattern` with those changes.

    Raises:
        ValidationFailed: the calendar would contradict itself.
    """
    values = {name: getattr(pattern, name) for name in pattern.__dataclass_fields__}
    try:
        return Workdays(**(values | changes))
    except ValueError as wrong:
        field = "/make_up_days" if "either" in str(wrong) else "/hours"
        field = "/weekdays" if "weekdays" in str(wrong) else field
        raise ValidationFailed(
            FieldError(
                field,
                "contradictory",
                {CHINESE: "工作日历自相矛盾", ENGLISH: str(wrong)},
            )
        ) from wrong
