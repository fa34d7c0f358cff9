"""A deduction from a payment milestone: proposed, made or refused, and reversed if it was wrong."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

KINDS = ("rebate", "warranty", "bad_debt", "other")
PROPOSED, MADE, REFUSED, REVERSED = "proposed", "made", "refused", "reversed"


@dataclass(frozen=True, kw_only=True)
class DeductionProposed(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class DeductionMade(Fact):
    made_on: date


@dataclass(frozen=True, kw_only=True)
class DeductionRefused(Fact):
    refused_because: str | None


@dataclass(frozen=True, kw_only=True)
class DeductionReversed(Fact):
    reversed_because: str
    reversed_on: date


class DeductionSettled(Refused):
    slug = "deduction-settled"
    titles: ClassVar[Text] = {
        CHINESE: "扣款的状态不允许此操作",
        ENGLISH: "The deduction is not in a state for this",
    }


@dataclass(kw_only=True)
class Deduction(Aggregate):
    """返利 rebate, 质保扣款 warranty, 坏账 bad_debt, or other: off one milestone, with a reason."""

    TYPE: ClassVar[str] = "deduction"

    customer_id: str
    payment_milestone_id: str
    opportunity_id: str | None = None
    kind: str
    amount: Money
    reason: str
    status: str = PROPOSED
    made_on: date | None = None

    @property
    def source(self) -> str:
        """How a milestone names it."""
        return f"deduction:{self.id}"

    @property
    def fingerprint(self) -> str:
        money = f"{self.amount.amount:f} {self.amount.currency}"
        return f"{self.payment_milestone_id}|{self.kind}|{money}"

    def propose(self) -> None:
        self.record(DeductionProposed())

    def make(self, on: date) -> None:
        self._require(PROPOSED)
        self.status, self.made_on = MADE, on
        self.record(DeductionMade(made_on=on))

    def refuse(self, because: str | None) -> None:
        self._require(PROPOSED)
        self.status = REFUSED
        self.record(DeductionRefused(refused_because=because))

    def reverse(self, because: str, on: date) -> None:
        """It was wrong, or a bad debt is paid after all: as much is open again."""
        self._require(MADE)
        self.status = REVERSED
        self.record(DeductionReversed(reversed_because=because, reversed_on=on))

    def _require(self, status: str) -> None:
        if self.status != status:
            raise DeductionSettled({CHINESE: f"状态：{self.status}", ENGLISH: f"is {self.status}"})
