"""Which tax rates are in force."""

from datetime import date
from decimal import Decimal

from chassis.work import Work

from pipeline.taxes.model import rates_on
from pipeline.taxes.store import own_rates


async def tax_rates(work: Work, on: date) -> dict[str, Decimal]:
    """The rates in force on a day, by category (`goods` → 0.13)."""
    known = rates_on(on, await own_rates(work.db))
    return {code: one.rate for code, one in known.items()}
