"""Exchange rates over HTTP: `/exchange-rates`."""

from decimal import Decimal
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.rates import commands
from pipeline.rates.model import ExchangeRate
from pipeline.rates.store import EXCHANGE_RATES
from pipeline.requests import Cursor, Day, IdPath, Limit, Reason

router = APIRouter(tags=["exchange-rates"])
Rate = Annotated[Decimal, Field(gt=0, lt=10**7, decimal_places=8, allow_inf_nan=False)]


class ExchangeRateIn(RequestModel):
    """One unit of `currency` is worth `rate` of the company's currency from the day `on`."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    rate: Rate
    on: Day
    source: str | None = Field(None, min_length=1, max_length=100)


class CorrectionIn(RequestModel):
    rate: Rate
    reason: Reason


def exchange_rate_view(known: ExchangeRate) -> dict[str, Any]:
    return {
        "id": known.id,
        "version": known.version,
        "currency": known.currency,
        "into": known.into,
        "rate": format(known.rate.normalize(), "f"),
        "on": known.on,
        "source": known.source,
    }


@router.post("/exchange-rates", status_code=201)
async def set_exchange_rate(body: ExchangeRateIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.set_new_exchange_rate(work, **body.model_dump()),
        shown=exchange_rate_view,
        created="/exchange-rates",
    )


@router.get("/exchange-rates")
async def list_exchange_rates(
    reader: Reader,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
    on: Annotated[Day | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Newest first; `on`: only those of that day or before, so the first one is in force."""
    await reader.scope("exchange-rates:read")
    wanted: dict[str, Any] = {} if currency is None else {"currency": currency}
    if on is not None:
        wanted["on"] = {"$lte": on.isoformat()}
    found = await page(
        reader.db[EXCHANGE_RATES.collection],
        wanted,
        sort="on",
        limit=limit,
        cursor=cursor,
        decode=EXCHANGE_RATES.aggregate,
    )
    return reader.page([exchange_rate_view(one) for one in found.items], found.next_cursor)


@router.get("/exchange-rates/{rate_id}")
async def read_exchange_rate(rate_id: IdPath, reader: Reader) -> Response:
    known = await reader.load(EXCHANGE_RATES, rate_id, "exchange-rates:read")
    return reader.show(exchange_rate_view(known), version=known.version)


@router.post("/exchange-rates/{rate_id}/correct")
async def correct_exchange_rate(rate_id: IdPath, body: CorrectionIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.correct_exchange_rate(work, rate_id, body.rate, body.reason),
        shown=exchange_rate_view,
    )
