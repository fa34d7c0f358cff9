"""A stand-in 代理人: somebody who decides in another's place, from one day to another."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed


@dataclass(frozen=True, kw_only=True)
class StandInAppointed(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class StandInEnded(Fact):
    last_on: date
    previous_last_on: date


class StandInOver(Refused):
    slug = "stand-in-over"
    titles: ClassVar[Text] = {CHINESE: "代理已结束", ENGLISH: "The stand-in is over"}


@dataclass(kw_only=True)
class StandIn(Aggregate):
    """`staff_id` decides for `principal_id` on both days and between; no `kinds` means all."""

    TYPE: ClassVar[str] = "stand_in"

    principal_id: str
    staff_id: str
    first_on: date
    last_on: date
    kinds: list[str] = field(default_factory=list)

    def end(self, today: date) -> None:
        """Over from today on; yesterday was the last day."""
        if self.last_on < today:
            raise StandInOver({CHINESE: "已过期", ENGLISH: f"it ended on {self.last_on}"})
        previous, self.last_on = self.last_on, today - timedelta(days=1)
        self.record(StandInEnded(last_on=self.last_on, previous_last_on=previous))


def appoint(
    *,
    identifier: str,
    principal_id: str,
    staff_id: str,
    first_on: date,
    last_on: date,
    kinds: list[str],
    team_id: str | None,
    region: str | None,
) -> StandIn:
    """Raises ValidationFailed: oneself; days in the wrong order."""
    errors = []
    if staff_id == principal_id:
        message = {CHINESE: "不能代理自己", ENGLISH: "is the person who is stood in for"}
        errors.append(FieldError("/staff_id", "oneself", message))
    if last_on < first_on:
        message = {CHINESE: "早于开始日期", ENGLISH: "is before the first day"}
        errors.append(FieldError("/last_on", "too-early", message))
    if errors:
        raise ValidationFailed(errors)
    stand_in = StandIn(
        id=identifier,
        key=principal_id,
        owner_id=principal_id,
        team_id=team_id,
        region=region,
        collaborator_ids=[staff_id],
        principal_id=principal_id,
        staff_id=staff_id,
        first_on=first_on,
        last_on=last_on,
        kinds=kinds,
    )
    stand_in.record(StandInAppointed())
    return stand_in
