"""A statement of account 对账单: issued over some days, then confirmed or disputed. Never edited.

What is entered later for a day within it belongs to no statement that was issued before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

ISSUED, CONFIRMED, DISPUTED = "issued", "confirmed", "disputed"


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One line of an account: what it was, about which record, on which day.

    An amount above zero is owed to us; one below takes off what is owed.
    """

    id: str
    kind: str
    about: str
    on: date
    amount: Money
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Balance:
    """One currency of an account: what was owed before, what came and went, what is owed now."""

    currency: str
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, kw_only=True)
class StatementIssued(Fact):
    opening: list[Money]
    closing: list[Money]


@dataclass(frozen=True, kw_only=True)
class StatementConfirmed(Fact):
    closing: list[Money]
    confirmed_on: date


@dataclass(frozen=True, kw_only=True)
class StatementDisputed(Fact):
    disputed_on: date
    difference: Money | None


class StatementSettled(Refused):
    slug = "statement-settled"
    titles: ClassVar[Text] = {
        CHINESE: "对账单已确认或已提出异议",
        ENGLISH: "The statement was confirmed or disputed already",
    }


@dataclass(kw_only=True)
class Statement(Aggregate):
    """From `first_on` to `last_on`, both included, of what was entered until `issued_at`."""

    TYPE: ClassVar[str] = "statement"

    customer_id: str
    first_on: date
    last_on: date
    issued_at: datetime
    balances: list[Balance] = field(default_factory=list)
    status: str = ISSUED
    contact_id: str | None = None
    answered_on: date | None = None
    reason: str | None = None
    difference: Money | None = None

    def confirm(self, on: date, contact_id: str | None) -> None:
        """The customer agrees. One that was disputed can still be agreed upon."""
        if self.status == CONFIRMED:
            raise StatementSettled({CHINESE: "已确认", ENGLISH: "it is confirmed"})
        self.status, self.answered_on, self.contact_id = CONFIRMED, on, contact_id
        self.record(StatementConfirmed(closing=closings(self.balances), confirmed_on=on))

    def dispute(
        self, on: date, contact_id: str | None, reason: str, difference: Money | None
    ) -> None:
        """The customer does not agree."""
        if self.status != ISSUED:
            raise StatementSettled({CHINESE: f"状态：{self.status}", ENGLISH: f"is {self.status}"})
        self.status, self.answered_on, self.contact_id = DISPUTED, on, contact_id
        self.reason, self.difference = reason, difference
        self.record(StatementDisputed(disputed_on=on, difference=difference))


def balanced(opening: Mapping[str, Decimal], movements: Iterable[Movement]) -> list[Balance]:
    """One balance per currency that is owed in or moves."""
    debit: dict[str, Decimal] = {}
    credit: dict[str, Decimal] = {}
    for one in movements:
        side = debit if one.amount.amount > 0 else credit
        amount = abs(one.amount.amount)
        side[one.amount.currency] = side.get(one.amount.currency, Decimal(0)) + amount
    owed = {currency for currency, amount in opening.items() if amount}
    return [
        Balance(
            currency=currency,
            opening=opening.get(currency, Decimal(0)),
            debit=debit.get(currency, Decimal(0)),
            credit=credit.get(currency, Decimal(0)),
        )
        for currency in sorted(owed | debit.keys() | credit.keys())
    ]


def openings(balances: Iterable[Balance]) -> list[Money]:
    return [Money(one.opening, one.currency) for one in balances]


def closings(balances: Iterable[Balance]) -> list[Money]:
    return [Money(one.closing, one.currency) for one in balances]
