"""What is kept of a deal, and what can be told from it alone."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.opportunities.model import facts
from pipeline.opportunities.model.facts import StageMark
from pipeline.opportunities.model.gates import MilestoneMark, Proof
from pipeline.opportunities.model.members import CreditShare, Member
from pipeline.opportunities.model.refusals import OpportunityClosed
from pipeline.opportunities.model.terms import Evaluation, Terms
from pipeline.templates.model import Process

OPEN, WON, LOST = "open", "won", "lost"
DAY = timedelta(days=1)


def mark(process: Process, number: int) -> StageMark:
    stage = process.stage(number)
    return StageMark(number=number, code=stage.code, norm_days=stage.norm_days)


def error(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})


def wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(error(pointer, code, zh, en))


@dataclass(kw_only=True)
class DealState(Aggregate):
    """A deal on one process, at one stage, open, won or lost.

    `milestones` holds what is proven or waived, by milestone code. `stage_since` is missing where
    the deal entered midway (中途介入) or comes from history: its time in that stage is not known.
    `progressed_at` is its last proven progress: a move forward or a milestone, by business time.
    `words` are what it is found by (`search`); they follow its names and are no decision.
    `buyer_stage_doubt` says why the fact that set the buyer's stage no longer stands. `owed` are
    milestones of stages behind it that a newer version of its process asks for. `members` take part
    in it beside its owner; `credit_shares` are agreed on until winning fixes them.
    """

    TYPE: ClassVar[str] = "opportunity"

    external_id: str | None = None
    template: str
    template_version: int
    terms: Terms
    status: str = OPEN
    stage: int
    stage_since: datetime | None = None
    buyer_stage: int | None = None
    buyer_stage_proof: str | None = None
    buyer_stage_doubt: str | None = None
    is_misaligned: bool = False
    is_mid_way: bool = False
    intent: str = "none"
    opened_on: date | None = None
    closed_on: date | None = None
    won_amount: Money | None = None
    lost_reasons: list[str] = field(default_factory=list)
    lost_note: str | None = None
    winner: str | None = None
    closed_from_stage: int | None = None
    is_parked: bool = False
    wake_on: date | None = None
    slips: int = 0
    milestones: dict[str, MilestoneMark] = field(default_factory=dict)
    need_told_by: Proof | None = None
    estimate: Money | None = None
    paper_amounts: dict[str, Money] = field(default_factory=dict)
    linked_evidence: list[str] = field(default_factory=list)
    evaluation: Evaluation | None = None
    owed: list[str] = field(default_factory=list)
    waivers: int = 0
    members: list[Member] = field(default_factory=list)
    credit_shares: list[CreditShare] = field(default_factory=list)
    are_shares_fixed: bool = False
    progressed_at: datetime | None = None
    words: list[str] = field(default_factory=list)

    @property
    def opportunity_id(self) -> str:
        return self.id

    @property
    def customer_id(self) -> str | None:
        return self.terms.customer_id

    def probability(self, process: Process) -> Decimal:
        """A person's figure where one was given, else that of the stage."""
        if self.status != OPEN:
            return Decimal(1 if self.status == WON else 0)
        override = self.terms.probability
        return process.stage(self.stage).probability if override is None else override

    @property
    def misalignment(self) -> int | None:
        """Seller's stage minus buyer's stage; None while the buyer's is not known, or closed."""
        if self.buyer_stage is None or self.status != OPEN:
            return None
        return self.stage - self.buyer_stage

    @property
    def trusted_buyer_stage(self) -> int | None:
        """The buyer's stage as far as a fact says so that still stands."""
        return None if self.buyer_stage_doubt else self.buyer_stage

    def require_open(self) -> None:
        if self.status != OPEN:
            raise OpportunityClosed(self.status)

    def note_progress(self, at: datetime | None) -> None:
        # Facts arrive in any order; what is proven late was progress at its own time.
        if at is not None and (self.progressed_at is None or at > self.progressed_at):
            self.progressed_at = at

    def note_alignment(self, process: Process) -> None:
        """Tell when seller and buyer have come too far apart, and when they are together again."""
        gap = self.misalignment
        is_misaligned = gap is not None and abs(gap) >= process.rules.misaligned_from
        if is_misaligned != self.is_misaligned:
            self.is_misaligned = is_misaligned
            self.record(
                facts.MisalignmentChanged(
                    is_misaligned=is_misaligned,
                    misalignment=gap,
                    at_stage=self.stage,
                    buyer_stage=self.buyer_stage,
                )
            )
