"""A win/loss review 成交管理: coded reasons, the winner and the winning price, lessons 经验与教训.

Opened by winning or losing, due some working days later; held once, and corrected with both
versions on record.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

OPEN, HELD, CANCELLED = "open", "held", "cancelled"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came out of it. `winner` is ourselves where the deal was won."""

    reasons: list[str]
    winner: str | None = None
    winner_competitor_id: str | None = None
    winning_price: Money | None = None
    lessons: str
    case_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeReviewOpened(Fact):
    outcome: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class OutcomeReviewHeld(Fact):
    """`previous` is what was said before, where it is corrected."""

    finding: Finding
    previous: Finding | None
    held_by: str


@dataclass(frozen=True, kw_only=True)
class OutcomeReviewOverdue(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class OutcomeReviewCancelled(Fact):
    reason: str


class OutcomeReviewClosed(Refused):
    slug = "outcome-review-cancelled"
    titles: ClassVar[Text] = {
        CHINESE: "商机已重新打开，无需复盘",
        ENGLISH: "The deal was reopened: there is no outcome to review",
    }


@dataclass(kw_only=True)
class OutcomeReview(Aggregate):
    """Its id is that of the deal; a deal closed again after it was reopened is reviewed anew."""

    TYPE: ClassVar[str] = "outcome_review"

    customer_id: str | None = None
    opportunity_id: str
    outcome: str
    due_on: date
    known_reasons: list[str] = field(default_factory=list)
    known_winner: str | None = None
    status: str = OPEN
    finding: Finding | None = None
    held_by: str | None = None
    is_overdue: bool = False

    def begin(self, outcome: str, due_on: date, reasons: list[str], winner: str | None) -> None:
        """The deal was closed, for the first time or again; what was told then is prefilled."""
        self.outcome, self.due_on, self.status = outcome, due_on, OPEN
        self.known_reasons, self.known_winner = reasons, winner
        self.finding = self.held_by = None
        self.is_overdue = False
        self.record(OutcomeReviewOpened(outcome=outcome, due_on=due_on))

    def hold(self, finding: Finding, by: str) -> None:
        if self.status == CANCELLED:
            raise OutcomeReviewClosed
        if finding == self.finding:
            return
        previous, self.finding = self.finding, finding
        self.status, self.held_by, self.is_overdue = HELD, by, False
        self.record(OutcomeReviewHeld(finding=finding, previous=previous, held_by=by))

    def miss(self) -> None:
        if self.status == OPEN and not self.is_overdue:
            self.is_overdue = True
            self.record(OutcomeReviewOverdue())

    def cancel(self, reason: str) -> None:
        if self.status != CANCELLED:
            self.status, self.is_overdue = CANCELLED, False
            self.record(OutcomeReviewCancelled(reason=reason))
