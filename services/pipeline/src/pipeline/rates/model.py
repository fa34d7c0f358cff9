"""An exchange rate of one day: set once, corrected with a reason, in force until the next one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

from pipeline.taxes.model import rounded


@dataclass(frozen=True, kw_only=True)
class ExchangeRateSet(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class ExchangeRateCorrected(Fact):
    rate: Decimal
    previous_rate: Decimal
    reason: str


class ExchangeRateUnknown(Refused):
    """No rate of a currency is known for a day; told are both."""

    slug = "exchange-rate-unknown"
    titles: ClassVar[Text] = {CHINESE: "没有汇率", ENGLISH: "No exchange rate is known"}

    def __init__(self, currency: str, on: date) -> None:
        super().__init__(
            {
                CHINESE: f"{on} 及以前没有 {currency} 的汇率，请财务录入",
                ENGLISH: f"no rate of {currency} on or before {on}; finance can set one",
            },
            members={"currency": currency, "on": on.isoformat()},
        )


@dataclass(kw_only=True)
class ExchangeRate(Aggregate):
    """One unit of `currency` is worth `rate` of `into`, the company's, from the day `on`."""

    TYPE: ClassVar[str] = "exchange_rate"

    currency: str
    into: str
    rate: Decimal
    on: date
    source: str | None = None

    def correct(self, rate: Decimal, reason: str) -> None:
        """What was converted before keeps its amount."""
        if rate != self.rate:
            previous, self.rate = self.rate, rate
            self.record(ExchangeRateCorrected(rate=rate, previous_rate=previous, reason=reason))

    def worth(self, money: Money) -> Money:
        return Money(rounded(money.amount * self.rate), self.into)

    def price_of(self, money: Money) -> Money:
        """The other way: so much of the company's currency in this one."""
        return Money(rounded(money.amount / self.rate), self.currency)


def exchange_rate_id(currency: str, into: str, on: date) -> str:
    return stable_id("exchange_rate", currency, into, on.isoformat())


def set_exchange_rate(
    *, currency: str, into: str, rate: Decimal, on: date, source: str | None
) -> ExchangeRate:
    identifier = exchange_rate_id(currency, into, on)
    made = ExchangeRate(
        id=identifier,
        key=identifier,
        currency=currency,
        into=into,
        rate=rate,
        on=on,
        source=source,
    )
    made.record(ExchangeRateSet())
    return made
