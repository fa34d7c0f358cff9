"""A case 案例: what was met at which stage, what was done, what came of it and was learned."""

from dataclasses import dataclass, field
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


class CaseWithdrawnAlready(Refused):
    slug = "case-withdrawn"
    titles: ClassVar[Text] = {CHINESE: "案例已撤下", ENGLISH: "The case was withdrawn"}


@dataclass(frozen=True, kw_only=True)
class Story:
    """`stages` are codes of the process `template`; `outcome` is won, lost or open."""

    title: str
    template: str
    stages: list[str]
    industries: list[str] = field(default_factory=list)
    situation: str
    approach: str
    outcome: str = "won"
    lessons: str
    opportunity_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CaseRecorded(Fact):
    story: Story


@dataclass(frozen=True, kw_only=True)
class CaseChanged(Fact):
    story: Story
    previous: Story


@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(Fact):
    reason: str


@dataclass(kw_only=True)
class Case(Aggregate):
    """One case of the library; it belongs to who wrote it, and everybody reads it."""

    TYPE: ClassVar[str] = "case"

    story: Story
    is_withdrawn: bool = False

    def change(self, story: Story) -> None:
        self._require_listed()
        if story != self.story:
            previous, self.story = self.story, story
            self.record(CaseChanged(story=story, previous=previous))

    def withdraw(self, reason: str) -> None:
        self._require_listed()
        self.is_withdrawn = True
        self.record(CaseWithdrawn(reason=reason))

    def _require_listed(self) -> None:
        if self.is_withdrawn:
            raise CaseWithdrawnAlready


def record_case(
    story: Story, *, identifier: str, owner_id: str, team_id: str | None, region: str | None
) -> Case:
    case = Case(
        id=identifier,
        key=identifier,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        story=story,
    )
    case.record(CaseRecorded(story=story))
    return case
