"""A process 销售流程 as data: its stages, the milestones that open each gate, and its rules."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis.problems import CHINESE, ENGLISH, Words

LEAD, REQUIRED, OPTIONAL = "lead", "required", "optional"
DUTIES = (LEAD, REQUIRED, OPTIONAL)
ROLES = (
    "rep",
    "supervisor",
    "manager",
    "director",
    "presales",
    "consultant",
    "commercial",
    "finance",
    "legal",
    "quality",
    "executive",
    "delivery",
    "service",
)
LOST_REASONS = (
    "price",
    "specification",
    "relationship",
    "lead_time",
    "terms",
    "technical_score",
    "commercial_score",
    "project_cancelled",
    "no_decision",
    "withdrew",
    "no_intent",
)


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """Milestone 里程碑: what must be true to leave a stage, and the kind of fact that proves it.

    It counts as proven only once those that it comes `after` are proven or waived.
    """

    code: str
    zh: str
    en: str
    proof: str
    conditions: dict[str, Any] = field(default_factory=dict)
    after: list[str] = field(default_factory=list)
    is_waivable: bool = True

    @property
    def title(self) -> Words:
        return Words({CHINESE: self.zh, ENGLISH: self.en})


@dataclass(frozen=True, kw_only=True)
class BuyerStage:
    """The buyer's side of a stage."""

    number: int
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class StandardWork:
    """Standard work 标准作业 of a stage: who does it, and the documents that belong to it."""

    code: str
    zh: str
    en: str
    owner: str
    documents: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Stage 阶段: `gate` is what must be proven to leave it forwards.

    `duties` is role → lead, required or optional; `norm_days` is its time norm in calendar days.
    """

    number: int
    code: str
    zh: str
    en: str
    probability: Decimal
    norm_days: int | None = None
    buyer_stage: BuyerStage | None = None
    duties: dict[str, str] = field(default_factory=dict)
    gate: list[Milestone] = field(default_factory=list)
    work: list[StandardWork] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a process allows beside moving to the next stage.

    Losing is always allowed, for one of `lost_reasons` (any, if none is listed). `most_waivers`:
    how many milestones of one deal may be waived, any number if None. `enter_up_to`: the last
    stage a deal may enter at (中途介入), any open one if None. `buyer_lag_from`: moving on from
    that stage or a later one, the buyer's stage may lie behind the new one by `buyer_lag` at most.
    So far apart (`misaligned_from`), ahead or behind, the two are told to be misaligned.
    """

    may_skip: bool = True
    may_move_back: bool = True
    enter_up_to: int | None = None
    reopen_within_days: int | None = 180
    buyer_lag_from: int | None = None
    buyer_lag: int = 1
    misaligned_from: int = 2
    lost_reasons: list[str] = field(default_factory=list)
    most_waivers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Process:
    """`won_stage` is where a won deal stands; `closing` is proven besides all gates before it.

    `is_entered_by_winning`: nobody advances into the won stage, winning leads there.
    """

    code: str
    version: int
    zh: str
    en: str
    stages: list[Stage]
    won_stage: int
    is_entered_by_winning: bool = True
    closing: list[Milestone] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)

    def stage(self, number: int) -> Stage:
        return self.stages[number - 1]

    def stage_called(self, code: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.code == code), None)

    @property
    def last_open_stage(self) -> int:
        """The furthest stage that an open deal can stand at."""
        return self.won_stage - 1 if self.is_entered_by_winning else self.won_stage

    def gates(self, start: int, end: int) -> list[tuple[int, Milestone]]:
        """Milestones between standing at `start` and standing at `end`, with their stages."""
        return [(n, milestone) for n in range(start, end) for milestone in self.stage(n).gate]

    def winning(self, start: int) -> list[tuple[int, Milestone]]:
        """Milestones between standing at `start` and having won."""
        closing = [(self.last_open_stage, milestone) for milestone in self.closing]
        return self.gates(start, self.won_stage) + closing

    def milestone(self, code: str) -> tuple[int, Milestone] | None:
        return next((found for found in self.winning(1) if found[1].code == code), None)
