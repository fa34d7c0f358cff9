"""Quotes over HTTP: drafted, approved, sent, revised; accepted, rejected, expired."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")
LINE: dict[str, Any] = {"product_id": GTX, "quantity": "2", "unit_price": "100.00"}


@pytest.fixture
async def priced(pipeline: Running) -> Running:
    """With a list price, a floor price and a cost for the product."""
    admin = pipeline.client
    money = {"amount": "100.00"}
    await admin.post(f"/products/{GTX}/change-price", json={"list_price": money})
    await admin.post(f"/products/{GTX}/set-floor", json={"floor_price": {"amount": "80"}})
    await admin.post(f"/products/{GTX}/set-cost", json={"standard_cost": {"amount": "60"}})
    return pipeline


async def open_deal(client: Client, **more: Any) -> dict[str, Any]:
    body = {"name": "A plant", "customer_id": "customer-1"} | more
    opened: dict[str, Any] = (await client.post("/opportunities", json=body)).json()
    return opened


async def draft(client: Client, **more: Any) -> dict[str, Any]:
    body = {"customer_id": "customer-1", "lines": [LINE]} | more
    drafted = await client.post("/quotes", json=body)
    assert drafted.status_code == 201, drafted.text
    found: dict[str, Any] = drafted.json()
    return found


async def say(client: Client, quote: dict[str, Any], verb: str, **body: Any) -> Response:
    return await client.post(f"/quotes/{quote['id']}/{verb}", json=body)


async def change(client: Client, quote: dict[str, Any], **body: Any) -> Response:
    now = (await client.get(f"/quotes/{quote['id']}")).headers["ETag"]
    return await client.patch(f"/quotes/{quote['id']}", json=body, headers={"If-Match": now})


async def send(client: Client, quote: dict[str, Any]) -> Response:
    await say(client, quote, "submit")
    return await say(client, quote, "send")


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def inbox(client: Client) -> list[dict[str, Any]]:
    listed = await client.get("/approvals?mine=to-decide")
    found: list[dict[str, Any]] = listed.json()["items"]
    return found


async def test_a_quote_takes_what_is_not_typed_from_product_and_policy(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    quote = await draft(rep, lines=[{"product_id": GTX, "quantity": "3"}])
    line = quote["lines"][0]
    assert (line["name"], line["unit"], line["unit_price"]["amount"]) == ("GTX Pro", "件", "100.00")
    assert line["tax_rate"] == "0.13"
    assert quote["total"]["gross"] == {"amount": "339.00", "currency": "CNY"}
    assert quote["valid_until"] == "2026-04-01"
    assert (quote["revision"], quote["status"], quote["owner_id"]) == (1, "draft", "rep-1")


async def test_options_count_in_no_total_and_rounding_off_is_shared_by_the_rest(
    priced: Running,
) -> None:
    rep = priced.as_("rep-1", "rep")
    option = LINE | {"is_optional": True, "quantity": "10"}
    extra = {"name": "Training", "quantity": "1", "unit_price": "99.99", "tax_rate": "0.06"}
    quote = await draft(rep, lines=[LINE, option, extra], whole_discount="0.05", round_down_to="10")
    assert quote["total"]["gross"]["amount"] == "310.00"
    assert [line["gross"]["amount"] for line in quote["lines"]] == ["211.03", "1130.00", "98.97"]
    assert [one["tax_rate"] for one in quote["by_rate"]] == ["0.06", "0.13"]


async def test_a_small_discount_is_approved_by_rule_and_sent(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    deal = await open_deal(rep)
    quote = await draft(rep, opportunity_id=deal["id"])
    assert slug(await say(rep, quote, "send")) == "quote-not-approved"
    assert (await say(rep, quote, "submit")).json()["status"] == "approved"
    async with published(priced.db) as events:
        sent = await say(rep, quote, "send")
    assert (sent.json()["status"], sent.json()["sent_on"]) == ("sent", "2026-03-02")
    assert sorted(events.types) == ["opportunity.milestone_proven", "quote.sent"]
    told = events.payloads(wire.QuoteSent)[0]
    assert (told.opportunity_id, str(told.offer.total.gross.amount)) == (deal["id"], "226.00")
    assert (
        next(one for one in events.documents if one["type"].startswith("tianlong.quote"))[
            "headers"
        ]["ce_rightsof"]
        == f"opportunity:{deal['id']}"
    )


async def test_below_the_floor_superiors_are_asked_and_any_change_voids_their_word(
    priced: Running,
) -> None:
    rep, boss = priced.as_("rep-1", "rep"), priced.as_("boss", "supervisor")
    director = priced.as_("director", "director")
    quote = await draft(rep, lines=[LINE | {"discount": "0.25"}])
    assert (await say(rep, quote, "submit")).json()["status"] == "submitted"
    asked = (await inbox(boss))[0]
    assert asked["paper"]["fingerprint"] == quote["fingerprint"]
    for approver in (boss, director):
        for waiting in await inbox(approver):
            await approver.post(f"/approvals/{waiting['id']}/approve", json={})
    assert (await rep.get(f"/quotes/{quote['id']}")).json()["status"] == "approved"
    changed = await change(rep, quote, terms={"payment": "all at once"})
    assert (changed.json()["status"], changed.json()["terms"]["payment"]) == (
        "draft",
        "all at once",
    )
    assert slug(await say(rep, quote, "send")) == "quote-not-approved"
    read = await rep.get(f"/approvals/{asked['id']}")
    assert read.json()["status"] == "void"


async def test_a_refused_or_returned_quote_is_submitted_anew(priced: Running) -> None:
    rep, boss = priced.as_("rep-1", "rep"), priced.as_("boss", "supervisor")
    quote = await draft(rep, lines=[LINE | {"discount": "0.06"}])
    for verb, status in (("refuse", "refused"), ("return", "draft")):
        await say(rep, quote, "submit")
        asked = (await inbox(boss))[0]
        said = await boss.post(f"/approvals/{asked['id']}/{verb}", json={"comment": "too much"})
        assert said.status_code == 200, said.text
        read = (await rep.get(f"/quotes/{quote['id']}")).json()
        assert (read["status"], read["comment"]) == (status, "too much")


async def test_an_accepted_quote_is_what_the_deal_is_worth(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    deal = await open_deal(rep)
    first = await draft(rep, opportunity_id=deal["id"])
    second = await draft(rep, opportunity_id=deal["id"], lines=[LINE | {"quantity": "3"}])
    for quote in (first, second):
        await send(rep, quote)
    await say(rep, first, "accept")
    worth = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert (worth["amount"]["amount"], worth["amount_source"]) == ("200.00", "quote")
    async with published(priced.db) as events:
        await say(rep, second, "accept")
    assert sorted(events.types) == ["opportunity.updated", "quote.accepted", "quote.superseded"]
    worth = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert worth["amount"]["amount"] == "300.00"
    assert (await rep.get(f"/quotes/{first['id']}")).json()["status"] == "superseded"


async def test_an_accepted_quote_in_another_currency_counts_in_the_companys(
    priced: Running,
) -> None:
    rep = priced.as_("rep-1", "rep")
    deal = await open_deal(rep)
    line = {"product_id": GTX, "quantity": "1", "unit_price": "20", "tax_rate": "0"}
    body = {"opportunity_id": deal["id"], "currency": "USD", "lines": [line]}
    refused = await rep.post("/quotes", json=body)
    assert refused.json()["errors"][0]["code"] == "no-exchange-rate"
    rate = {"currency": "USD", "rate": "7", "on": "2026-03-01"}
    await priced.client.post("/exchange-rates", json=rate)
    quote = await draft(rep, **body)
    assert quote["lines"][0]["applicable_price"] == "14.29"
    await send(rep, quote)
    await say(rep, quote, "accept")
    worth = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert worth["amount"] == {"amount": "140.00", "currency": "CNY"}


async def test_an_issued_quote_is_revised_and_keeps_its_prices(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    quote = await draft(rep)
    await send(rep, quote)
    assert slug(await change(rep, quote, whole_discount="0.01")) == "quote-issued"
    revised = (await say(rep, quote, "revise")).json()
    assert (revised["revision"], revised["status"]) == (2, "draft")
    await change(rep, quote, lines=[LINE | {"quantity": "5"}, LINE | {"is_optional": True}])
    first = (await rep.get(f"/quotes/{quote['id']}/revisions/1")).json()
    assert (first["status"], first["total"]["net"]["amount"]) == ("sent", "200.00")
    compared = (await rep.get(f"/quotes/{quote['id']}/compare?with=1")).json()
    assert compared["changed"] == ["lines"]
    assert [(one["kind"], one["changed"]) for one in compared["lines"]] == [
        ("changed", ["quantity"]),
        ("added", []),
    ]
    assert compared["total"]["net"]["amount"] == "300.00"
    assert (await rep.get(f"/quotes/{quote['id']}/compare?with=9")).status_code == 404


async def test_a_quote_expires_when_its_validity_ends_unless_it_was_answered(
    priced: Running, clock: VirtualClock
) -> None:
    rep = priced.as_("rep-1", "rep")
    silent = await draft(rep, valid_until="2026-03-04")
    answered = await draft(rep, valid_until="2026-03-04")
    late = await draft(rep, valid_until="2026-03-04")
    for quote in (silent, answered):
        await send(rep, quote)
    await say(rep, answered, "reject", reasons=["price"])
    await say(rep, late, "submit")
    clock.advance(timedelta(days=2, hours=14))
    assert await Timers(priced.core, TIMERS).fire_due() == 0
    clock.advance(timedelta(hours=1))
    async with published(priced.db) as events:
        await Timers(priced.core, TIMERS).fire_due()
    assert events.types == ["quote.expired"]
    assert slug(await say(rep, silent, "accept")) == "quote-settled"
    assert slug(await say(rep, late, "send")) == "quote-settled"


async def test_a_withdrawn_quote_proves_nothing_any_more(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    deal = await open_deal(rep)
    quote = await draft(rep, opportunity_id=deal["id"])
    await send(rep, quote)
    await say(rep, quote, "withdraw", reason="a slip")
    read = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert [one["state"] for one in read["milestones"].values()] == ["invalid"]


async def test_what_cannot_be_offered_is_refused_with_its_field(priced: Running) -> None:
    rep, admin = priced.as_("rep-1", "rep"), priced.client
    made = await admin.post("/products", json={"name": "Old", "code": "OLD"})
    await admin.post(f"/products/{made.json()['id']}/withdraw", json={})

    async def refused(**more: Any) -> list[tuple[str, str]]:
        body = {"customer_id": "customer-1", "lines": [LINE]} | more
        answer = await rep.post("/quotes", json=body)
        assert answer.status_code == 400, answer.text
        return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]

    other = made.json()["id"]
    assert await refused(lines=[LINE, LINE | {"product_id": other}]) == [
        ("/lines/1/product_id", "withdrawn")
    ]
    assert await refused(lines=[LINE | {"product_id": "nothing"}]) == [
        ("/lines/0/product_id", "unknown")
    ]
    assert await refused(lines=[LINE | {"tax_rate": "0.12"}]) == [
        ("/lines/0/tax_rate", "not-in-force")
    ]
    assert await refused(lines=[LINE | {"discount": "0.71"}]) == [
        ("/lines/0/discount", "over-discount-limit")
    ]
    assert await refused(lines=[LINE | {"is_optional": True}]) == [("/lines", "only-optional")]
    assert await refused(valid_until="2026-03-01") == [("/valid_until", "in-past")]
    assert await refused(customer_id="nobody") == [("/customer_id", "unknown")]
    assert await refused(selling_entity_id="none") == [("/selling_entity_id", "unknown")]
    assert await refused(bearers=[{"bearer": "dealer", "share": "0.5", "customer_id": "x"}]) == [
        ("/bearers/0/customer_id", "unknown")
    ]


async def test_a_product_withdrawn_after_approval_is_not_sent(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    quote = await draft(rep)
    await say(rep, quote, "submit")
    await priced.client.post(f"/products/{GTX}/withdraw", json={})
    assert (await say(rep, quote, "send")).json()["errors"][0]["code"] == "withdrawn"


async def test_a_dealers_part_of_the_discount_is_our_margin(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    bearers = [
        {"bearer": "us", "share": "0.5"},
        {"bearer": "dealer", "share": "0.5", "customer_id": "customer-2"},
    ]
    quote = await draft(rep, lines=[LINE | {"discount": "0.10"}], bearers=bearers)
    worth = quote["assessment"]
    assert (worth["discount"], worth["discount_amount"]["amount"]) == ("0.1000", "20.00")
    assert worth["borne_by_dealers"]["amount"] == "10.00"
    assert (worth["cost"]["amount"], worth["margin"]) == ("120.00", "0.3684")


async def test_margin_floor_and_cost_are_seen_by_right_only(granted: Running) -> None:
    finance, rep = granted.as_("fin", "finance"), granted.as_("rep-1", "rep")
    await finance.post(f"/products/{GTX}/set-floor", json={"floor_price": {"amount": "80"}})
    await finance.post(f"/products/{GTX}/set-cost", json={"standard_cost": {"amount": "60"}})
    quote = await draft(rep)
    assert sorted(quote["assessment"]) == ["borne_by_dealers", "discount", "discount_amount"]
    assert not {"floor_price", "unit_cost"} & set(quote["lines"][0])
    seen = (await finance.get(f"/quotes/{quote['id']}")).json()
    assert (seen["assessment"]["margin"], seen["lines"][0]["unit_cost"]) == ("0.4000", "60.00")
    assert (await granted.as_("rep-2", "rep").get(f"/quotes/{quote['id']}")).status_code == 404


async def test_a_sent_quote_asks_for_a_follow_up_unless_one_is_planned(priced: Running) -> None:
    rep = priced.as_("rep-1", "rep")
    asked, planned = await open_deal(rep), await open_deal(rep)
    await rep.post(
        "/follow-ups",
        json={"opportunity_id": planned["id"], "at": "2026-03-03T01:00:00Z", "method": "phone"},
    )
    for deal in (asked, planned):
        sent = await send(rep, await draft(rep, opportunity_id=deal["id"]))
        assert sent.status_code == 200, sent.text
    nodes = [
        (await rep.get(f"/opportunities/{deal['id']}/clock")).json()["node"]
        for deal in (asked, planned)
    ]
    assert nodes == ["quoted", None]
