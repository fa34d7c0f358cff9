"""Tax rates over HTTP: `/tax-rates`."""

from decimal import Decimal
from typing import Annotated, Any

from chassis.clock import local_date
from chassis.door import Door, Reader
from chassis.http import RequestModel
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.requests import Day, IdPath
from pipeline.taxes import commands
from pipeline.taxes.model import BY_LAW, TaxRate, rates_on
from pipeline.taxes.store import TAX_RATES, own_rates

router = APIRouter(tags=["tax-rates"])
Rate = Annotated[Decimal, Field(ge=0, lt=1, decimal_places=4, allow_inf_nan=False)]


class TaxRateIn(RequestModel):
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str = Field(min_length=1, max_length=100)
    name_en: str | None = Field(None, min_length=1, max_length=100)
    rate: Rate
    valid_from: Day


class EndIn(RequestModel):
    valid_to: Day


def tax_rate_view(known: TaxRate) -> dict[str, Any]:
    return {
        "id": known.id,
        "version": known.version,
        "code": known.code,
        "name": known.name,
        "name_en": known.name_en,
        "rate": str(known.rate),
        "valid_from": known.valid_from,
        "valid_to": known.valid_to,
        "is_by_law": known.version == 0,
    }


@router.post("/tax-rates", status_code=201)
async def set_tax_rate(body: TaxRateIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.set_new_tax_rate(work, **body.model_dump()),
        shown=tax_rate_view,
        created="/tax-rates",
    )


@router.get("/tax-rates")
async def list_tax_rates(
    reader: Reader, on: Annotated[Day | None, Query()] = None, every: bool = False
) -> Response:
    """The rates in force `on` a day, today by default; with `every=true`, all that ever were."""
    await reader.scope("tax-rates:read")
    own = await own_rates(reader.db)
    if every:
        listed = {one.id: one for one in [*BY_LAW, *own]}
    else:
        day = on or local_date(reader.now, reader.core.settings.timezone)
        listed = {one.id: one for one in rates_on(day, own).values()}
    ordered = sorted(listed.values(), key=lambda one: (one.code, one.valid_from))
    return reader.page([tax_rate_view(one) for one in ordered], None)


@router.get("/tax-rates/{rate_id}")
async def read_tax_rate(rate_id: IdPath, reader: Reader) -> Response:
    by_law = {one.id: one for one in BY_LAW}
    known = await reader.find(TAX_RATES, rate_id) or by_law.get(rate_id)
    if known is None:
        known = await reader.load(TAX_RATES, rate_id, "tax-rates:read")
    await reader.scope("tax-rates:read")
    return reader.show(tax_rate_view(known), version=known.version)


@router.post("/tax-rates/{rate_id}/end")
async def end_tax_rate(rate_id: IdPath, body: EndIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_tax_rate(work, rate_id, body.valid_to), shown=tax_rate_view
    )
