"""Stage playbooks 标准化作业流程, and a deal's worklist by them.

A step that is ticked is a note to oneself: it never proves anything of the deal.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

from pipeline.opportunities.model import Opportunity


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step 环节: content 工作内容, standard 标准, owner's role 责任人, templates to use."""

    code: str
    step: str
    content: str
    standard: str
    owner: str
    documents: list[str] = field(default_factory=list)
    norm_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class StagePlaybookWritten(Fact):
    edition: int
    norm_days: int | None
    steps: list[Step]
    previous: list[Step] | None
    previous_norm_days: int | None


@dataclass(frozen=True, kw_only=True)
class StepTicked(Fact):
    stage: str
    step: str
    is_done: bool
    ticked_by: str


@dataclass(kw_only=True)
class StagePlaybook(Aggregate):
    """The standard work of one stage of one process; `edition` counts how often it was written."""

    TYPE: ClassVar[str] = "stage_playbook"

    template: str
    stage: str
    edition: int = 0
    norm_days: int | None = None
    steps: list[Step] = field(default_factory=list)

    def write(self, steps: list[Step], norm_days: int | None) -> None:
        _require_told_apart(steps)
        if self.edition and (steps, norm_days) == (self.steps, self.norm_days):
            return
        previous = self.steps if self.edition else None
        previous_norm_days, self.norm_days = self.norm_days, norm_days
        self.steps, self.edition = steps, self.edition + 1
        self.record(
            StagePlaybookWritten(
                edition=self.edition,
                norm_days=norm_days,
                steps=steps,
                previous=previous,
                previous_norm_days=previous_norm_days,
            )
        )


def playbook_id(template: str, stage: str) -> str:
    return stable_id("stage_playbook", template, stage)


def a_playbook(template: str, stage: str) -> StagePlaybook:
    identifier = playbook_id(template, stage)
    return StagePlaybook(id=identifier, key=identifier, template=template, stage=stage)


@dataclass(frozen=True, kw_only=True)
class Tick:
    by: str
    at: datetime


@dataclass(kw_only=True)
class PlaybookProgress(Aggregate):
    """A deal's worklist: what is ticked, by `<stage>/<step>`. Its id is the deal's."""

    TYPE: ClassVar[str] = "playbook_progress"

    opportunity_id: str
    ticks: dict[str, Tick] = field(default_factory=dict)

    def tick(self, playbook: StagePlaybook, step: str, *, by: str, at: datetime) -> None:
        _require_step(playbook, step)
        place = tick_place(playbook.stage, step)
        if place not in self.ticks:
            self.ticks[place] = Tick(by=by, at=at)
            self._tell(playbook, step, by, is_done=True)

    def untick(self, playbook: StagePlaybook, step: str, *, by: str) -> None:
        _require_step(playbook, step)
        if self.ticks.pop(tick_place(playbook.stage, step), None) is not None:
            self._tell(playbook, step, by, is_done=False)

    def _tell(self, playbook: StagePlaybook, step: str, by: str, *, is_done: bool) -> None:
        self.record(StepTicked(stage=playbook.stage, step=step, is_done=is_done, ticked_by=by))


def begin_progress(deal: Opportunity) -> PlaybookProgress:
    return PlaybookProgress(
        id=deal.id,
        key=deal.key,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        region=deal.region,
        collaborator_ids=list(deal.collaborator_ids),
        rights_of=deal.reference,
        opportunity_id=deal.id,
    )


def tick_place(stage: str, step: str) -> str:
    return f"{stage}/{step}"


def _require_told_apart(steps: list[Step]) -> None:
    seen: set[str] = set()
    for place, step in enumerate(steps):
        if step.code in seen:
            raise ValidationFailed(
                FieldError(
                    f"/steps/{place}/code",
                    "duplicate",
                    {CHINESE: f"{step.code} 重复", ENGLISH: f"{step.code} stands there twice"},
                )
            )
        seen.add(step.code)


def _require_step(playbook: StagePlaybook, code: str) -> None:
    if code not in {step.code for step in playbook.steps}:
        raise ValidationFailed(
            FieldError("/step", "unknown", {CHINESE: "没有这个环节", ENGLISH: "no such step here"})
        )
