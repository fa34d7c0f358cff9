"""Orders shipped, delivered, accepted and returned in parts, over HTTP."""

import asyncio
from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")
THREE = [{"product_id": GTX, "quantity": "3", "amount": {"amount": "100.00"}}]


async def an_order(client: Client, **more: Any) -> str:
    body = {"customer_id": "customer-1", "lines": THREE, "placed_on": "2026-02-01"} | more
    placed = await client.post("/orders", json=body)
    assert placed.status_code == 201, placed.text
    return f"/orders/{placed.json()['id']}"


def of_line(quantity: str, line: int = 1) -> dict[str, Any]:
    return {"lines": [{"line": line, "quantity": quantity}]}


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_parts_that_are_delivered_add_up_to_the_order(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    async with published(pipeline.db) as events:
        first = await rep.post(f"{order}/deliver", json=of_line("1"))
        assert first.json()["status"] == "partly_delivered"
        second = await rep.post(f"{order}/deliver", json=of_line("1"))
        assert second.json()["delivered_on"] is None
        last = await rep.post(f"{order}/deliver", json={})
    assert (last.json()["status"], last.json()["delivered_on"]) == ("delivered", "2026-03-02")
    told = events.payloads(wire.OrderDelivered)
    assert [str(one.amount.amount) for one in told] == ["33.33", "33.34", "33.33"]
    assert [one.is_complete for one in told] == [False, False, True]
    assert [str(one.lines[0].quantity) for one in told] == ["1", "1", "1"]
    assert last.json()["revenue"] == {"amount": "100.00", "currency": "CNY"}


async def test_more_than_is_left_is_refused_with_what_is_left(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    await rep.post(f"{order}/ship", json=of_line("2"))
    for verb, asked, left in (("ship", "1.5", "1"), ("deliver", "3.5", "3")):
        refused = await rep.post(f"{order}/{verb}", json=of_line(asked))
        assert (refused.status_code, slug(refused)) == (409, "quantity-exceeded")
        assert refused.json()["lines"] == [{"line": 1, "asked": asked, "left": left}]
    body = of_line("1") | {"reason": "cracked"}
    assert slug(await rep.post(f"{order}/return", json=body)) == "quantity-exceeded"
    unknown = await rep.post(f"{order}/ship", json=of_line("1", line=2))
    assert unknown.json()["errors"][0]["pointer"] == "/lines/0/line"


async def test_what_is_shipped_leaves_what_is_to_ship_until_the_shipment_is_reversed(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    async with published(pipeline.db) as events:
        shipped = await rep.post(f"{order}/ship", json=of_line("2") | {"waybill": "W-1"})
        assert shipped.json()["unshipped"]["amount"] == "33.33"
        await rep.post(f"{order}/deliver", json=of_line("1"))
        back = await rep.post(f"{order}/reverse-shipment", json={"reason": "lost on the way"})
    assert (back.json()["lines"][0]["shipped"], back.json()["unshipped"]["amount"]) == (
        "1",
        "66.67",
    )
    told = [one for one in events.types if one.startswith("order.")]
    assert told == ["order.shipped", "order.delivered", "order.shipment_reversed"]
    assert str(events.payloads(wire.OrderShipmentReversed)[0].parts[0].quantity) == "1"


async def test_a_return_takes_its_revenue_back_and_a_replacement_is_delivered_again(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    await rep.post(f"{order}/deliver", json={})
    async with published(pipeline.db) as events:
        body = of_line("1") | {"reason": "cracked", "outcome": "replacement"}
        replaced = await rep.post(f"{order}/return", json=body)
        assert replaced.json()["status"] == "partly_delivered"
        assert replaced.json()["revenue"]["amount"] == "66.67"
        again = await rep.post(f"{order}/deliver", json={})
        assert (again.json()["status"], again.json()["revenue"]["amount"]) == (
            "delivered",
            "100.00",
        )
        refunded = await rep.post(f"{order}/return", json=of_line("3") | {"reason": "refused"})
    assert (refunded.json()["status"], refunded.json()["revenue"]["amount"]) == (
        "returned",
        "0.00",
    )
    returns = events.payloads(wire.OrderReturned)
    assert [(one.outcome, str(one.amount.amount)) for one in returns] == [
        ("replacement", "33.33"),
        ("refund", "100.00"),
    ]


async def test_the_rest_of_an_order_is_cancelled_and_what_was_delivered_stays(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    await rep.post(f"{order}/deliver", json=of_line("2"))
    async with published(pipeline.db) as events:
        cancelled = await rep.post(f"{order}/cancel", json={"reason": "enough"})
    assert (cancelled.json()["status"], cancelled.json()["revenue"]["amount"]) == (
        "delivered",
        "66.67",
    )
    told = events.payloads(wire.OrderCancelled)[0]
    assert told.amount is not None
    assert (told.is_whole, str(told.amount.amount)) == (False, "33.33")
    assert slug(await rep.post(f"{order}/cancel", json={"reason": "again"})) == "order-settled"


async def test_an_order_is_accepted_when_all_its_deliveries_are(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    assert slug(await rep.post(f"{order}/accept", json={})) == "nothing-to-accept"
    await rep.post(f"{order}/deliver", json=of_line("1"))
    refused = await rep.post(f"{order}/refuse-acceptance", json={"reason": "leaks"})
    assert refused.json()["deliveries"][0]["accepted_on"] is None
    early = await rep.post(f"{order}/accept", json={"accepted_on": "2026-03-01"})
    assert early.json()["errors"][0]["code"] == "too-early"
    part = await rep.post(f"{order}/accept", json={"deliveries": [1]})
    assert (part.json()["accepted_on"], part.json()["deliveries"][0]["accepted_on"]) == (
        None,
        "2026-03-02",
    )
    await rep.post(f"{order}/deliver", json={})
    asked = {"record": f"order:{order.removeprefix('/orders/')}", "name": "protocol.txt"}
    kept = await rep.post("/files", params=asked, content=b"accepted without reservation")
    protocol = kept.json()["id"]
    async with published(pipeline.db) as events:
        whole = await rep.post(f"{order}/accept", json={"file_id": protocol})
    assert whole.json()["accepted_on"] == "2026-03-02"
    told = events.payloads(wire.OrderAccepted)[0]
    assert (told.deliveries, told.is_complete, told.file_id) == ([2], True, protocol)


async def test_deliveries_at_once_never_add_up_to_more_than_was_ordered(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order = await an_order(rep)
    answers = await asyncio.gather(
        *(rep.post(f"{order}/deliver", json=of_line("1")) for _ in range(6))
    )
    taken = [one for one in answers if one.status_code == 200]
    refused = {slug(one) for one in answers if one.status_code != 200}
    assert 1 <= len(taken) <= 3
    assert refused <= {"quantity-exceeded", "conflict"}
    read = (await rep.get(order)).json()
    assert read["lines"][0]["delivered"] == str(len(taken))
