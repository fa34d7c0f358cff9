"""What can be done with tax rates."""

from datetime import date
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, Duplicate
from chassis.work import Work

from pipeline.taxes.model import TaxRate, set_tax_rate, tax_rate_id
from pipeline.taxes.store import TAX_RATES


async def set_new_tax_rate(
    work: Work, *, code: str, name: str, name_en: str | None, rate: Decimal, valid_from: date
) -> TaxRate:
    """A category's rate from a day on. Raises Duplicate if that day has one already."""
    await work.scope("tax-rates:write")
    if await work.find(TAX_RATES, tax_rate_id(code, valid_from)) is not None:
        raise Duplicate(
            {
                CHINESE: f"{code} 自 {valid_from} 起的税率已存在",
                ENGLISH: f"{code} has a rate from {valid_from} already",
            }
        )
    made = set_tax_rate(code=code, name=name, name_en=name_en, rate=rate, valid_from=valid_from)
    return work.add(TAX_RATES, made)


async def end_tax_rate(work: Work, identifier: str, on: date) -> TaxRate:
    await work.scope("tax-rates:write")
    known = await work.load(TAX_RATES, identifier)
    known.end(on)
    return known
