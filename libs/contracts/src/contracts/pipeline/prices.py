"""What things cost: tax and exchange rates, lines of papers, price lists, quotes."""

from datetime import date
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.values import Money, ProductId

__all__ = [
    "ExchangeRateCorrected",
    "ExchangeRateSet",
    "PaperLine",
    "TaxRateEnded",
    "TaxRateSet",
    "TaxedAmount",
]


class TaxedAmount(msgspec.Struct, frozen=True, kw_only=True):
    """Without tax, the tax, with tax: `net + tax = gross`."""

    net: Money
    tax: Money
    gross: Money


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a quote, contract or order, with its amounts after every discount.

    `unit_price` holds tax if `is_taxed`; `discount` is a share of 1; `allowance` is the line's
    part, tax included, of what was taken off the whole. Optional lines are in no total.
    """

    product_id: ProductId | None = None
    name: str
    quantity: Decimal
    unit: str
    unit_price: Money
    is_taxed: bool = False
    discount: Decimal = Decimal(0)
    tax_rate: Decimal
    allowance: Decimal = Decimal(0)
    is_optional: bool = False
    cost_inquiry_id: str | None = None
    note: str | None = None
    net: Money
    tax: Money
    gross: Money


@event("tax_rate", "set")
class TaxRateSet(Event, frozen=True, kw_only=True):
    """A category of value-added tax 增值税 has this rate from a day on, until its next one."""

    tax_rate_id: str
    code: str
    name: str
    rate: Decimal
    valid_from: date


@event("tax_rate", "ended")
class TaxRateEnded(Event, frozen=True, kw_only=True):
    tax_rate_id: str
    code: str
    rate: Decimal
    valid_to: date
    previous_valid_to: date | None


@event("exchange_rate", "set")
class ExchangeRateSet(Event, frozen=True, kw_only=True):
    """One unit of `currency` is worth `rate` of `into`, the company's, from the day `on`."""

    exchange_rate_id: str
    currency: str
    into: str
    rate: Decimal
    on: date
    source: str | None = None


@event("exchange_rate", "corrected")
class ExchangeRateCorrected(Event, frozen=True, kw_only=True):
    exchange_rate_id: str
    currency: str
    into: str
    on: date
    rate: Decimal
    previous_rate: Decimal
    reason: str
