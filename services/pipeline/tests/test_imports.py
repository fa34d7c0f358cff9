"""Files of products and deals: history with its own time, once, with what it brings along."""

import asyncio
import io
import time
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from chassis.imports import ImportContext, ImportOutcome
from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from pipeline.opportunities.imports import OPPORTUNITY_FILES
from pipeline.products.imports import PRODUCT_FILES


def a_context(*, is_history: bool = True) -> ImportContext:
    return ImportContext(
        job_id="job",
        external_source="crm",
        is_history=is_history,
        today=date(2026, 3, 2),
        currency="CNY",
        timezone="Asia/Shanghai",
    )


def a_row(**given: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {each.name: None for each in OPPORTUNITY_FILES.fields}
    return (
        empty
        | {
            "external_id": "1C1I7A6R",
            "owner": "Darcel Schlecht",
            "product": "GTX Pro",
            "customer": "Cancity",
            "stage": "Won",
            "opened_on": date(2016, 10, 20),
            "closed_on": date(2017, 3, 1),
            "amount": Decimal("1054.00"),
        }
        | given
    )


async def take(
    running: Running, rows: list[dict[str, Any]], *, is_history: bool = True
) -> list[ImportOutcome | BaseException]:
    context = a_context(is_history=is_history)
    assert OPPORTUNITY_FILES.prepare is not None
    await OPPORTUNITY_FILES.prepare(running.db, rows, context)

    async def one(row: dict[str, Any]) -> ImportOutcome:
        return await running.commits.run(
            lambda work: OPPORTUNITY_FILES.handle(work, row, context), actor="account:admin"
        )

    return list(await asyncio.gather(*(one(row) for row in rows), return_exceptions=True))


def results(outcomes: list[ImportOutcome | BaseException]) -> list[str]:
    return [
        one.result if isinstance(one, ImportOutcome) else one.errors[0].pointer  # type: ignore[attr-defined]
        for one in outcomes
    ]


async def test_a_won_deal_of_history_brings_its_order_and_its_payment(pipeline: Running) -> None:
    async with published(pipeline.db) as events:
        outcomes = await take(pipeline, [a_row()])
    assert results(outcomes) == ["created"]
    assert events.types == [
        "opportunity.opened",
        "opportunity.won",
        "order.placed",
        "order.delivered",
        "payment.received",
    ]
    opened = events.payloads(wire.OpportunityOpened)[0]
    assert (opened.template, opened.stage.code) == ("standard", "presentation")
    assert (opened.terms.product_id, opened.terms.customer_id) != (None, None)
    won = events.payloads(wire.OpportunityWon)[0]
    assert (won.opened_on, won.closed_on) == (date(2016, 10, 20), date(2017, 3, 1))
    delivered = events.payloads(wire.OrderDelivered)[0]
    assert (str(delivered.amount.amount), delivered.delivered_on) == (
        "1054.00",
        date(2017, 3, 1),
    )
    assert {event["headers"]["ce_origin"] for event in events.documents} == {"import"}
    assert {event["headers"]["ce_team"] for event in events.documents} == {"team-1"}
    assert {event["headers"]["ce_region"] for event in events.documents} == {"East"}
    assert {event["key"] for event in events.documents} == {"customer-1"}
    times = [event["headers"]["ce_occurredat"] for event in events.documents]
    assert times == ["2016-10-19T16:00:00.000Z"] + ["2017-02-28T16:00:00.000Z"] * 4


async def test_a_second_import_changes_nothing(pipeline: Running) -> None:
    rows = [a_row(external_id=f"X{number}") for number in range(5)]
    assert results(await take(pipeline, rows)) == ["created"] * 5
    async with published(pipeline.db) as events:
        outcomes = await take(pipeline, rows)
    assert results(outcomes) == ["unchanged"] * 5
    assert events.types == []


async def test_a_row_twice_in_one_file_is_one_deal(pipeline: Running) -> None:
    outcomes = await take(pipeline, [a_row(), a_row()])
    assert sorted(results(outcomes)) == ["created", "unchanged"]
    assert await pipeline.db["payments"].count_documents({}) == 1


async def test_a_deal_without_a_customer_is_kept_and_reported(pipeline: Running) -> None:
    row = a_row(stage="Engaging", customer=None, closed_on=None, amount=None)
    async with published(pipeline.db) as events:
        (outcome,) = await take(pipeline, [row])
    assert isinstance(outcome, ImportOutcome)
    assert (outcome.result, bool(outcome.warning)) == ("created", True)
    assert events.types == ["opportunity.opened"]
    assert events.documents[0]["key"] == events.documents[0]["headers"]["ce_subject"]


async def test_stages_of_history_become_stages_of_the_standard_process(pipeline: Running) -> None:
    rows = [
        a_row(external_id="P", stage="Prospecting", opened_on=None, closed_on=None, amount=None),
        a_row(external_id="E", stage="Engaging", closed_on=None, amount=None),
        a_row(external_id="L", stage="Lost", amount=Decimal("0.00")),
    ]
    async with published(pipeline.db) as events:
        await take(pipeline, rows)
    told = {one.external_id: one for one in events.payloads(wire.OpportunityOpened)}
    assert [told[one].stage.code for one in "PEL"] == ["contact", "presentation", "presentation"]
    assert told["P"].opened_on is None
    assert told["L"].terms.amount is None
    assert sorted(events.types) == ["opportunity.lost"] + ["opportunity.opened"] * 3


async def test_what_a_row_names_must_be_known(pipeline: Running) -> None:
    rows = [
        a_row(external_id="1", owner="Nobody"),
        a_row(external_id="2", product="GTXPro"),
        a_row(external_id="3", customer="Unheard of"),
        a_row(external_id="4", customer=None),
        a_row(external_id="5", amount=None),
        a_row(external_id="6", closed_on=None),
        a_row(external_id="7", template="unknown"),
        a_row(external_id="8", owner="007"),
    ]
    async with published(pipeline.db) as events:
        outcomes = await take(pipeline, rows)
    assert results(outcomes) == [
        "/owner",
        "/product",
        "/customer",
        "/customer",
        "/amount",
        "/closed_on",
        "/template",
        "created",
    ]
    assert len(events.types) == 5


async def test_closed_deals_come_as_history_only(pipeline: Running) -> None:
    rows = [
        a_row(external_id="W"),
        a_row(external_id="E", stage="Engaging", closed_on=None, amount=None),
    ]
    assert results(await take(pipeline, rows, is_history=False)) == ["/stage", "created"]
    deal = await pipeline.db["opportunities"].find_one({"external_id": "E"})
    assert deal is not None
    assert (deal["origin"], deal["stage"], deal["is_mid_way"]) == (None, 3, True)


async def test_products_are_listed_once_and_their_price_follows(pipeline: Running) -> None:
    async def one(price: str, name: str = "MG Special") -> ImportOutcome:
        row = dict.fromkeys(("code", "external_id")) | {
            "name": name,
            "line": "MG",
            "list_price": Decimal(price),
        }
        return await pipeline.commits.run(
            lambda work: PRODUCT_FILES.handle(work, row, a_context()), actor="account:admin"
        )

    async with published(pipeline.db) as events:
        outcomes = [(await one(price)).result for price in ("55.00", "55.00", "60.00")]
    assert outcomes == ["created", "unchanged", "updated"]
    assert events.types == ["product.listed", "product.price_changed"]
    assert str(events.payloads(wire.ProductPriceChanged)[0].list_price.amount) == "60.00"


CSV = (
    "opportunity_id,agent,item,account,state,from,to,value\n"
    "A,Darcel Schlecht,GTXPro,Cancity,Won,2016-10-20,2017-03-01,1054\n"
    "B,Darcel Schlecht,GTXPro,,Engaging,2017-12-30,,\n"
)
MAPPING: dict[str, Any] = {
    "name": "crm",
    "kind": "opportunities",
    "columns": {
        "opportunity_id": "external_id",
        "agent": "owner",
        "item": "product",
        "account": "customer",
        "state": "stage",
        "from": "opened_on",
        "to": "closed_on",
        "value": "amount",
    },
    "values": {"product": {"GTXPro": "GTX Pro"}},
    "history": True,
    "shift_dates_to": "yesterday",
    "external_source": "crm",
}


async def upload(client: Client, text: str) -> dict[str, Any]:
    file = {"file": ("deals.csv", io.BytesIO(text.encode()), "text/csv")}
    form = {"kind": "opportunities", "mapping": "crm"}
    answer = await client.post("/imports", data=form, files=file)
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return await finished(client, job)


async def finished(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while job["status"] not in ("done", "failed"):
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.02)
        answer: httpx.Response = await client.get(f"/imports/{job['id']}")
        job = answer.json()
    return job


async def test_a_file_with_a_saved_mapping_moves_its_dates_and_settles_its_dirt(
    importing: Running,
) -> None:
    client = importing.client
    saved = await client.post("/import-mappings", json=MAPPING)
    assert saved.status_code in (200, 201), saved.text
    job = await upload(client, CSV)
    assert (job["status"], job["created"], job["failed"]) == ("done", 2, 0), job
    assert job["id"].startswith("pipeline-")
    assert len(job["warnings"]) == 1
    deals = {one["external_id"]: one async for one in importing.db["opportunities"].find()}
    # The last date of the file became yesterday; everything else moved by the same days.
    assert deals["B"]["opened_on"] == "2026-03-01"
    moved = date.fromisoformat(deals["A"]["closed_on"]) - date(2017, 3, 1)
    assert moved == date(2026, 3, 1) - date(2017, 12, 30)
    async with published(importing.db) as events:
        again = await upload(client, CSV + "\n")
    assert (again["unchanged"], again["created"]) == (2, 0)
    assert events.types == []
