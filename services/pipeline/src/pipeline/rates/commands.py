"""What can be done with exchange rates."""

from datetime import date
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.rates.model import ExchangeRate, exchange_rate_id, set_exchange_rate
from pipeline.rates.store import EXCHANGE_RATES


async def set_new_exchange_rate(
    work: Work, *, currency: str, rate: Decimal, on: date, source: str | None
) -> ExchangeRate:
    """The rate of a day. Raises Duplicate if that day has one: then it can be corrected."""
    await work.scope("exchange-rates:write")
    into = work.company.currency
    if currency == into:
        raise ValidationFailed(
            copies.field_error("/currency", "own-currency", "是本位币", "is the company's own")
        )
    if await work.find(EXCHANGE_RATES, exchange_rate_id(currency, into, on)) is not None:
        raise Duplicate(
            {
                CHINESE: f"{currency} 在 {on} 的汇率已存在，可更正",
                ENGLISH: f"{currency} has a rate of {on} already; it can be corrected",
            }
        )
    made = set_exchange_rate(currency=currency, into=into, rate=rate, on=on, source=source)
    return work.add(EXCHANGE_RATES, made)


async def correct_exchange_rate(
    work: Work, identifier: str, rate: Decimal, reason: str
) -> ExchangeRate:
    await work.scope("exchange-rates:write")
    known = await work.load(EXCHANGE_RATES, identifier)
    known.correct(rate, reason)
    return known
