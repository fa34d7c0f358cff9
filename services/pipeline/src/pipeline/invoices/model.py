"""A VAT invoice 增值税发票: requested, issued, then only reversed 红冲, in whole or line by line.

Of no line is more reversed than was issued, and what is reversed in parts comes to the same cents
as the line itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

from pipeline.taxes.model import Taxed, nothing, with_tax_inside

REQUESTED, ISSUED, PARTLY_REVERSED, REVERSED, CANCELLED = (
    "requested",
    "issued",
    "partly_reversed",
    "reversed",
    "cancelled",
)
SPECIAL, ORDINARY = "special", "ordinary"
MOST_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """The customer as it stands on the invoice: title 抬头, tax number 税号, address, bank."""

    title: str
    tax_number: str | None = None
    address: str | None = None
    phone: str | None = None
    bank: str | None = None
    bank_account: str | None = None


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """What was sold at one tax rate; `gross` is with tax."""

    description: str
    net: Money
    tax_rate: Decimal
    tax: Money
    gross: Money

    @property
    def taxed(self) -> Taxed:
        return Taxed(net=self.net, tax=self.tax, gross=self.gross)


@dataclass(frozen=True, kw_only=True)
class Part:
    """So much, tax included, of one line (from 1)."""

    line: int
    gross: Decimal


@dataclass(frozen=True, kw_only=True)
class ReversedPart:
    line: int
    taxed: Taxed


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """A red invoice: its own number, and what it takes back of which lines."""

    red_number: str
    parts: list[ReversedPart]
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRequested(Fact):
    requested_by: str | None


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Fact):
    issued_on: date


@dataclass(frozen=True, kw_only=True)
class InvoiceCancelled(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoiceReversed(Fact):
    red_number: str
    net: Money
    tax: Money
    gross: Money
    reversed_on: date
    reason: str
    is_full: bool


class InvoiceSettled(Refused):
    slug = "invoice-settled"
    titles: ClassVar[Text] = {
        CHINESE: "发票的状态不允许此操作",
        ENGLISH: "The invoice is not in a state for this",
    }


class InvoiceOverReversed(Refused):
    """`left` says, line by line, how much can still be reversed."""

    slug = "invoice-over-reversed"
    titles: ClassVar[Text] = {
        CHINESE: "红冲金额超过开票金额",
        ENGLISH: "More would be reversed than was issued",
    }


@dataclass(kw_only=True)
class Invoice(Aggregate):
    TYPE: ClassVar[str] = "invoice"

    customer_id: str
    contract_id: str | None = None
    order_id: str | None = None
    opportunity_id: str | None = None
    payment_milestone_ids: list[str] = field(default_factory=list)
    kind: str
    buyer: Buyer
    lines: list[InvoiceLine]
    net: Money
    tax: Money
    gross: Money
    status: str = REQUESTED
    number: str | None = None
    issued_on: date | None = None
    reversals: list[Reversal] = field(default_factory=list)
    cancelled_reason: str | None = None

    def issue(self, number: str, on: date) -> None:
        self._require(REQUESTED)
        self.status, self.number, self.issued_on = ISSUED, number, on
        self.record(InvoiceIssued(issued_on=on))

    def cancel(self, reason: str) -> None:
        """Before it is issued; afterwards it is reversed."""
        self._require(REQUESTED)
        self.status, self.cancelled_reason = CANCELLED, reason
        self.record(InvoiceCancelled(reason=reason))

    def reverse(self, red_number: str, parts: Sequence[Part], on: date, reason: str) -> None:
        """`parts` of it, or without any all that is left.

        Raises:
            InvoiceOverReversed: more of a line than is left of it.
            ValidationFailed: it has no such line, or the day is before its own.
        """
        self._require(ISSUED, PARTLY_REVERSED)
        if self.issued_on is not None and on < self.issued_on:
            raise ValidationFailed(
                FieldError(
                    "/reversed_on",
                    "too-early",
                    {CHINESE: "早于开票日期", ENGLISH: "is before the invoice was issued"},
                )
            )
        left = self.left()
        asked = self._asked(parts, left)
        taken = [
            ReversedPart(line=line, taxed=_taken(left[line], gross, self.lines[line - 1].tax_rate))
            for line, gross in asked.items()
        ]
        self.reversals = [
            *self.reversals,
            Reversal(red_number=red_number, parts=taken, on=on, reason=reason),
        ]
        total = nothing(self.gross.currency)
        for one in taken:
            total = total + one.taxed
        is_full = all(one.gross.amount == 0 for one in self.left().values())
        self.status = REVERSED if is_full else PARTLY_REVERSED
        self.record(
            InvoiceReversed(
                red_number=red_number,
                net=total.net,
                tax=total.tax,
                gross=total.gross,
                reversed_on=on,
                reason=reason,
                is_full=is_full,
            )
        )

    def left(self) -> dict[int, Taxed]:
        """Of each line (from 1), what is not reversed."""
        left = {place: line.taxed for place, line in enumerate(self.lines, start=1)}
        for reversal in self.reversals:
            for part in reversal.parts:
                left[part.line] = left[part.line] - part.taxed
        return left

    def _asked(self, parts: Sequence[Part], left: dict[int, Taxed]) -> dict[int, Decimal]:
        """Line → so much of it, summed; refused where it is more than is left."""
        if not parts:
            return {line: one.gross.amount for line, one in left.items() if one.gross.amount}
        asked: dict[int, Decimal] = {}
        for place, part in enumerate(parts):
            if part.line not in left:
                raise ValidationFailed(
                    FieldError(
                        f"/parts/{place}/line",
                        "unknown",
                        {CHINESE: "没有这一行", ENGLISH: "the invoice has no such line"},
                    )
                )
            asked[part.line] = asked.get(part.line, Decimal(0)) + part.gross
        if any(gross > left[line].gross.amount for line, gross in asked.items()):
            raise InvoiceOverReversed(
                members={
                    "left": [
                        {"line": line, "gross": f"{one.gross.amount:.2f}"}
                        for line, one in left.items()
                    ]
                }
            )
        return asked

    def _require(self, *states: str) -> None:
        if self.status not in states:
            raise InvoiceSettled({CHINESE: f"状态：{self.status}", ENGLISH: f"is {self.status}"})


def _taken(left: Taxed, gross: Decimal, rate: Decimal) -> Taxed:
    """A part of what is left of a line; the last part takes the last cent of tax along."""
    if gross == left.gross.amount:
        return left
    part = with_tax_inside(gross, rate, left.gross.currency)
    tax = min(part.tax.amount, left.tax.amount)
    # Nor may less tax be left than none, nor more than the gross that stays.
    tax = max(tax, left.tax.amount - (left.gross.amount - gross))
    currency = left.gross.currency
    return Taxed(
        net=Money(gross - tax, currency), tax=Money(tax, currency), gross=Money(gross, currency)
    )


def require_sound(kind: str, buyer: Buyer, lines: Sequence[InvoiceLine]) -> Taxed:
    """The total of the lines.

    Raises:
        ValidationFailed: mixed currencies, or a special invoice 专票 without a tax number.
    """
    currency = lines[0].gross.currency
    if any(line.gross.currency != currency for line in lines):
        raise ValidationFailed(
            FieldError(
                "/lines", "mixed-currencies", {CHINESE: "币种不一致", ENGLISH: "mixed currencies"}
            )
        )
    if kind == SPECIAL and not buyer.tax_number:
        raise ValidationFailed(
            FieldError(
                "/buyer/tax_number",
                "required",
                {CHINESE: "专票须有税号", ENGLISH: "a special invoice names the tax number"},
            )
        )
    total = nothing(currency)
    for line in lines:
        total = total + line.taxed
    return total
