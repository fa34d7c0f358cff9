"""Amounts in the company's currency, and in others."""

from datetime import date

from chassis.work import Work
from contracts.values import Money

from pipeline.rates.model import ExchangeRate, ExchangeRateUnknown
from pipeline.rates.store import latest_rate


async def converted(work: Work, money: Money, on: date) -> Money:
    """`money` in the company's currency, at the newest rate up to `on`.

    Raises:
        ExchangeRateUnknown: there is none.
    """
    if money.currency == work.company.currency:
        return money
    return (await _rate(work, money.currency, on)).worth(money)


async def exchanged(work: Work, money: Money, currency: str, on: date) -> Money:
    """`money` in any `currency`, by way of the company's. Raises ExchangeRateUnknown."""
    if money.currency == currency:
        return money
    own = await converted(work, money, on)
    if currency == work.company.currency:
        return own
    return (await _rate(work, currency, on)).price_of(own)


async def knows_currency(work: Work, currency: str, on: date) -> bool:
    if currency == work.company.currency:
        return True
    return await latest_rate(work.db, currency, work.company.currency, on) is not None


async def _rate(work: Work, currency: str, on: date) -> ExchangeRate:
    known = await latest_rate(work.db, currency, work.company.currency, on)
    if known is None:
        raise ExchangeRateUnknown(currency, on)
    return known
