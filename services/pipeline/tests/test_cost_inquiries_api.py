"""Cost inquiries: a line that is not standard is quoted by an answer that holds."""

from datetime import timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published
from httpx import Response

QUESTION = {"name": "A loader", "specification": "45 s", "unit": "套"}


async def ask(client: Client, **more: Any) -> dict[str, Any]:
    asked = await client.post("/cost-inquiries", json=QUESTION | more)
    assert asked.status_code == 201, asked.text
    found: dict[str, Any] = asked.json()
    return found


async def answer(client: Client, inquiry: dict[str, Any], **more: Any) -> Response:
    body = {
        "unit_cost": {"amount": "60"},
        "floor_price": {"amount": "80"},
        "valid_until": "2026-03-05",
    } | more
    return await client.post(f"/cost-inquiries/{inquiry['id']}/answer", json=body)


def line(product_id: str | None, inquiry: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "name": "A loader",
        "unit_price": "100",
        "tax_rate": "0.13",
        "cost_inquiry_id": inquiry and inquiry["id"],
    }


async def quote(client: Client, *lines: dict[str, Any]) -> Response:
    return await client.post("/quotes", json={"customer_id": "customer-1", "lines": list(lines)})


async def test_a_non_standard_line_is_quoted_by_an_answered_inquiry(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, admin = pipeline.as_("rep-1", "rep"), pipeline.client
    body = {"name": "Loader", "code": "L", "is_standard": False}
    product = (await admin.post("/products", json=body)).json()["id"]
    inquiry = await ask(rep, product_id=product)
    early = await quote(rep, line(product, inquiry))
    assert early.json()["errors"][0]["pointer"] == "/lines/0/cost_inquiry_id"
    bare = (await quote(rep, line(product))).json()
    refused = await rep.post(f"/quotes/{bare['id']}/submit", json={})
    assert refused.json()["errors"][0]["code"] == "cost-not-answered"
    await answer(pipeline.as_("director", "director"), inquiry)
    priced = (await quote(rep, line(product, inquiry))).json()
    assert priced["assessment"]["margin"] == "0.4000"
    clock.advance(timedelta(days=4))
    stale = await rep.post(f"/quotes/{priced['id']}/submit", json={})
    assert stale.json()["errors"][0]["code"] == "cost-not-answered"


async def test_an_answer_is_told_without_its_figures_but_to_who_may_read_costs(
    granted: Running,
) -> None:
    rep, consultant = granted.as_("rep-1", "rep"), granted.as_("rep-3", "consultant")
    inquiry = await ask(rep)
    assert (await answer(rep, inquiry)).status_code == 403
    async with published(granted.db) as events:
        answered = await answer(consultant, inquiry)
    assert answered.json()["status"] == "answered"
    assert sorted(events.types) == ["cost_inquiry.answered", "inquired_cost.changed"]
    for client, figures in (
        (rep, set()),
        (granted.as_("boss", "supervisor"), {"floor_price"}),
        (granted.as_("fin", "finance"), {"floor_price", "unit_cost"}),
    ):
        read = (await client.get(f"/cost-inquiries/{inquiry['id']}")).json()
        assert {"floor_price", "unit_cost"} & set(read) == figures
        assert (await client.get("/cost-inquiries")).json()["items"] == [read]


async def test_a_closed_inquiry_is_answered_no_more(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    inquiry = await ask(rep)
    past = await answer(rep, inquiry, valid_until="2026-03-01")
    assert past.json()["errors"][0]["code"] == "in-past"
    await rep.post(f"/cost-inquiries/{inquiry['id']}/close", json={"reason": "gone"})
    late = await answer(rep, inquiry)
    assert late.json()["type"] == "/problems/cost-inquiry-settled"
