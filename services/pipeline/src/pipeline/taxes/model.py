"""Tax and rounding, in one place: every paper splits and adds its amounts by these rules.

1. An amount has two places. It is rounded once per line, half up (四舍五入), never on the way.
2. A price without tax gives the line's net; tax = net × rate, rounded; gross = net + tax.
   A price with tax gives the line's gross; net = gross ÷ (1 + rate), rounded; tax = gross − net.
   Either way net + tax = gross, to the cent.
3. A total is the sum of its rounded lines, never rounded again.
4. What is taken off a whole (discount, rounding off 抹零) is shared out over its lines by their
   gross, to the cent by largest remainder, so that rule 3 stays true.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import CENT, Money


def rounded(amount: Decimal) -> Decimal:
    """To cents, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Taxed:
    """An amount without tax 不含税, its tax 税额, and with tax 价税合计. `net + tax == gross`."""

    net: Money
    tax: Money
    gross: Money

    def __add__(self, other: "Taxed") -> "Taxed":
        return Taxed(
            net=self.net + other.net, tax=self.tax + other.tax, gross=self.gross + other.gross
        )

    def __neg__(self) -> "Taxed":
        return Taxed(net=-self.net, tax=-self.tax, gross=-self.gross)

    def __sub__(self, other: "Taxed") -> "Taxed":
        return self + -other


def nothing(currency: str) -> Taxed:
    zero = Money(Decimal("0.00"), currency)
    return Taxed(net=zero, tax=zero, gross=zero)


def with_tax_added(net: Decimal, rate: Decimal, currency: str) -> Taxed:
    """From an amount without tax."""
    net = rounded(net)
    tax = rounded(net * rate)
    return Taxed(
        net=Money(net, currency), tax=Money(tax, currency), gross=Money(net + tax, currency)
    )


def with_tax_inside(gross: Decimal, rate: Decimal, currency: str) -> Taxed:
    """From an amount that holds its tax."""
    gross = rounded(gross)
    net = rounded(gross / (1 + rate))
    return Taxed(
        net=Money(net, currency), tax=Money(gross - net, currency), gross=Money(gross, currency)
    )


# Rates


@dataclass(frozen=True, kw_only=True)
class TaxRateSet(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class TaxRateEnded(Fact):
    valid_to: date
    previous_valid_to: date | None


class TaxRateNotInForce(Refused):
    slug = "tax-rate-ended"
    titles: ClassVar[Text] = {CHINESE: "税率已终止", ENGLISH: "The tax rate has ended"}


@dataclass(kw_only=True)
class TaxRate(Aggregate):
    """One rate of a category from a day on, until the category's next one or `valid_to`."""

    TYPE: ClassVar[str] = "tax_rate"

    code: str
    name: str
    name_en: str | None = None
    rate: Decimal
    valid_from: date
    valid_to: date | None = None

    def end(self, on: date) -> None:
        """No longer in force from `on`. What was priced with it keeps it."""
        if self.valid_to is not None and self.valid_to <= on:
            raise TaxRateNotInForce
        previous, self.valid_to = self.valid_to, on
        self.record(TaxRateEnded(valid_to=on, previous_valid_to=previous))


def tax_rate_id(code: str, valid_from: date) -> str:
    """A category has one rate from one day on, since the two decide the id."""
    return stable_id("tax_rate", code, valid_from.isoformat())


def set_tax_rate(
    *, code: str, name: str, name_en: str | None, rate: Decimal, valid_from: date
) -> TaxRate:
    identifier = tax_rate_id(code, valid_from)
    made = TaxRate(
        id=identifier,
        key=identifier,
        code=code,
        name=name,
        name_en=name_en,
        rate=rate,
        valid_from=valid_from,
    )
    made.record(TaxRateSet())
    return made


def _by_law(code: str, name: str, name_en: str, rates: dict[str, str]) -> list[TaxRate]:
    starts = [date.fromisoformat(day) for day in rates]
    return [
        TaxRate(
            id=tax_rate_id(code, start),
            key=code,
            code=code,
            name=name,
            name_en=name_en,
            rate=Decimal(rate),
            valid_from=start,
        )
        for start, rate in zip(starts, rates.values(), strict=True)
    ]


BY_LAW = [
    *_by_law(
        "goods",
        "货物",
        "Goods",
        {"1994-01-01": "0.17", "2018-05-01": "0.16", "2019-04-01": "0.13"},
    ),
    *_by_law(
        "transport_construction",
        "运输、建筑安装",
        "Transport, construction, installation",
        {"2013-08-01": "0.11", "2018-05-01": "0.10", "2019-04-01": "0.09"},
    ),
    *_by_law("services", "服务", "Services", {"2012-01-01": "0.06"}),
    *_by_law("small_scale", "小规模纳税人", "Small-scale taxpayer", {"2009-07-01": "0.03"}),
    *_by_law("zero", "零税率", "Zero-rated (export)", {"1994-01-01": "0.00"}),
]
"""China's rates. They hold until the company sets its own for the same category and day."""


def rates_on(day: date, own: list[TaxRate]) -> dict[str, TaxRate]:
    """The rate in force of each category: the one that began last."""
    in_force: dict[str, TaxRate] = {}
    for one in [*BY_LAW, *own]:
        known = in_force.get(one.code)
        if one.valid_from <= day and (known is None or known.valid_from <= one.valid_from):
            in_force[one.code] = one
    return {
        code: one for code, one in in_force.items() if one.valid_to is None or day < one.valid_to
    }
