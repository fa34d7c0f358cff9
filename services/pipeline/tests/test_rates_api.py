"""Exchange rates and tax rates over HTTP, and amounts told in the company's currency."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chassis.testkit.running import Running, published
from chassis.work import Work
from contracts import pipeline as wire
from contracts.values import Money
from httpx import Response
from pipeline.rates.model import ExchangeRateUnknown
from pipeline.rates.queries import converted, exchanged


async def set_rate(granted: Running, currency: str, rate: str, on: str) -> Response:
    body = {"currency": currency, "rate": rate, "on": on}
    return await granted.as_("fin", "finance").post("/exchange-rates", json=body)


async def worth(granted: Running, amount: str, on: str, currency: str = "USD") -> Money:
    async def ask(work: Work) -> Money:
        return await converted(work, Money(Decimal(amount), currency), date.fromisoformat(on))

    return await granted.commits.run(ask)


async def test_an_amount_is_converted_at_the_newest_rate_of_its_day(granted: Running) -> None:
    await set_rate(granted, "USD", "7.2", "2026-01-01")
    made = await set_rate(granted, "USD", "7.1046", "2026-02-01")
    assert made.status_code == 201, made.text
    assert await worth(granted, "100", "2026-01-31") == Money(Decimal("720.00"), "CNY")
    assert await worth(granted, "100.05", "2026-03-01") == Money(Decimal("710.82"), "CNY")
    assert await worth(granted, "5", "2020-01-01", "CNY") == Money(Decimal(5), "CNY")
    with pytest.raises(ExchangeRateUnknown):
        await worth(granted, "100", "2025-12-31")


async def test_two_foreign_currencies_meet_in_the_companys(granted: Running) -> None:
    await set_rate(granted, "USD", "7", "2026-01-01")
    await set_rate(granted, "EUR", "8", "2026-01-01")

    async def ask(work: Work) -> Money:
        return await exchanged(work, Money(Decimal(80), "USD"), "EUR", work.today)

    assert await granted.commits.run(ask) == Money(Decimal("70.00"), "EUR")


async def test_a_days_rate_is_set_once_and_corrected_with_a_reason(granted: Running) -> None:
    finance = granted.as_("fin", "finance")
    made = (await set_rate(granted, "USD", "71.04", "2026-02-01")).json()
    assert (await set_rate(granted, "USD", "7.1", "2026-02-01")).status_code == 409
    async with published(granted.db) as events:
        corrected = await finance.post(
            f"/exchange-rates/{made['id']}/correct", json={"rate": "7.104", "reason": "a slip"}
        )
    assert corrected.json()["rate"] == "7.104"
    told = events.payloads(wire.ExchangeRateCorrected)[0]
    assert (told.previous_rate, told.rate, told.reason) == (
        Decimal("71.04"),
        Decimal("7.104"),
        "a slip",
    )


async def test_rates_are_set_by_who_may(granted: Running) -> None:
    rep = granted.as_("rep-1", "rep")
    body = {"currency": "USD", "rate": "7", "on": "2026-02-01"}
    assert (await rep.post("/exchange-rates", json=body)).status_code == 403
    assert (await rep.get("/exchange-rates")).json()["items"] == []
    own = await granted.as_("fin", "finance").post(
        "/exchange-rates", json=body | {"currency": "CNY"}
    )
    assert own.json()["errors"][0]["code"] == "own-currency"


async def test_tax_rates_by_law_hold_until_the_company_sets_its_own(granted: Running) -> None:
    finance = granted.as_("fin", "finance")

    async def goods(on: str) -> list[str]:
        listed: dict[str, Any] = (await finance.get(f"/tax-rates?on={on}")).json()
        return [one["rate"] for one in listed["items"] if one["code"] == "goods"]

    assert await goods("2026-03-02") == ["0.13"]
    body = {"code": "goods", "name": "货物", "rate": "0.12", "valid_from": "2026-07-01"}
    made = await finance.post("/tax-rates", json=body)
    assert made.status_code == 201, made.text
    assert (await finance.post("/tax-rates", json=body)).status_code == 409
    assert (await goods("2026-06-30"), await goods("2026-07-01")) == (["0.13"], ["0.12"])
    ended = await finance.post(
        f"/tax-rates/{made.json()['id']}/end", json={"valid_to": "2027-01-01"}
    )
    assert ended.json()["valid_to"] == "2027-01-01"
    assert await goods("2027-01-01") == []
    read = await finance.get(f"/tax-rates/{made.json()['id']}")
    assert (read.json()["is_by_law"], read.headers["ETag"]) == (False, '"2"')
