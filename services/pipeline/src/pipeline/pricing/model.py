"""A line of a paper, priced and taxed, and what a whole paper takes off. Pure arithmetic.

The rules of rounding are those of `pipeline.taxes.model`. The same lines go from a quote into its
contract and its orders, so that their totals stay the same to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from contracts.values import CENT, Money

from pipeline.products.model import Line
from pipeline.taxes.model import Taxed, nothing, rounded, with_tax_added, with_tax_inside

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """So many of a product, or of something in words only (`product_id` None).

    `unit_price` holds tax if `is_taxed`. `discount` is this line's own, as a share of 1.
    `allowance` is the line's part, tax included, of what was taken off the whole paper. An
    optional line 可选项 is offered beside the rest and counts in no total.
    """

    product_id: str | None = None
    name: str
    quantity: Decimal
    unit: str = "件"
    unit_price: Money
    is_taxed: bool = False
    discount: Decimal = ZERO
    tax_rate: Decimal = ZERO
    allowance: Decimal = ZERO
    is_optional: bool = False
    cost_inquiry_id: str | None = None
    note: str | None = None

    @property
    def currency(self) -> str:
        return self.unit_price.currency

    @property
    def before_allowance(self) -> Taxed:
        amount = self.quantity * self.unit_price.amount * (1 - self.discount)
        split = with_tax_inside if self.is_taxed else with_tax_added
        return split(amount, self.tax_rate, self.currency)

    @property
    def before_discount(self) -> Taxed:
        split = with_tax_inside if self.is_taxed else with_tax_added
        return split(self.quantity * self.unit_price.amount, self.tax_rate, self.currency)

    @property
    def taxed(self) -> Taxed:
        before = self.before_allowance
        if not self.allowance:
            return before
        return with_tax_inside(before.gross.amount - self.allowance, self.tax_rate, self.currency)

    @property
    def net(self) -> Money:
        return self.taxed.net

    @property
    def tax(self) -> Money:
        return self.taxed.tax

    @property
    def gross(self) -> Money:
        return self.taxed.gross

    def part(self, quantity: Decimal) -> "PaperLine":
        """The same line for another quantity, with its share of the allowance."""
        share = rounded(self.allowance * quantity / self.quantity)
        return replace(self, quantity=quantity, allowance=share)

    def line(self) -> Line | None:
        """The line without tax, as deals count it; None for one that names no product."""
        if self.product_id is None:
            return None
        price = None if self.is_taxed or self.discount or self.allowance else self.unit_price
        return Line(
            product_id=self.product_id,
            quantity=self.quantity,
            unit_price=price,
            amount=self.net,
        )


def counted(lines: Sequence[PaperLine]) -> list[PaperLine]:
    """Those that are in the total."""
    return [line for line in lines if not line.is_optional]


def total_of(lines: Sequence[PaperLine], currency: str) -> Taxed:
    """The sum of the rounded lines, optional ones left out."""
    total = nothing(currency)
    for line in counted(lines):
        total = total + line.taxed
    return total


def by_rate(lines: Sequence[PaperLine], currency: str) -> dict[Decimal, Taxed]:
    """The total by tax rate, as an invoice states it."""
    sums: dict[Decimal, Taxed] = {}
    for line in counted(lines):
        rate = line.tax_rate.normalize() + 0
        sums[rate] = sums.get(rate, nothing(currency)) + line.taxed
    return sums


def taken_off(
    gross: Decimal, discount: Decimal, down_to: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Of a whole: what its discount takes off, and then what rounding off 抹零 takes off.

    `down_to`: the total becomes a multiple of it, unless nothing would be left.
    """
    off = rounded(gross * discount)
    left = gross - off
    if down_to is None:
        return off, ZERO
    even = (left / down_to).to_integral_value(ROUND_FLOOR) * down_to
    return off, left - even if even > 0 else ZERO


def share_out(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` by `weights`, in cents, the largest remainders first; the sum is exact."""
    whole = sum(weights, ZERO)
    if not amount or not whole:
        return [ZERO for _ in weights]
    cents = int(amount / CENT)
    parts = [divmod(cents * int(weight / CENT), int(whole / CENT)) for weight in weights]
    given = [part for part, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    for place in by_remainder[: cents - sum(given)]:
        given[place] += 1
    return [part * CENT for part in given]


def with_allowance(
    lines: Sequence[PaperLine], discount: Decimal, down_to: Decimal | None
) -> list[PaperLine]:
    """The lines with their parts of what is taken off the whole; optional ones have none."""
    plain = [replace(line, allowance=ZERO) for line in lines]
    weights = [ZERO if line.is_optional else line.before_allowance.gross.amount for line in plain]
    off = sum(taken_off(sum(weights, ZERO), discount, down_to), ZERO)
    parts = share_out(off, weights)
    return [replace(line, allowance=part) for line, part in zip(plain, parts, strict=True)]


@dataclass(frozen=True, kw_only=True)
class GivenLine:
    """A line as somebody typed it: what is left out is known of the product, or follows a rule."""

    product_id: str | None = None
    name: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    is_taxed: bool | None = None
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    is_optional: bool = False
    cost_inquiry_id: str | None = None
    note: str | None = None
