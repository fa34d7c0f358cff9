"""Which price applies to whom, and why; price lists and agreed prices."""

from typing import Any

import pytest
from chassis.testkit.running import Client, Running, deliver, published
from contracts import customers, insights
from contracts import pipeline as wire
from contracts.values import CustomerId, StaffId
from httpx import Response
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")
TIER: dict[str, Any] = {
    "computed": "A",
    "previous_computed": "B",
    "previous_effective": None,
    "policy": "default",
    "policy_version": 1,
    "as_of": "2026-03-01",
    "inputs": {},
    "reason": "revenue",
    "reason_zh": "收入",
}


async def tell_tier(pipeline: Running, tier: str, customer_id: str = "customer-1") -> None:
    told = insights.TierChanged(customer_id=CustomerId(customer_id), effective=tier, **TIER)
    await deliver(pipeline, told, subject=customer_id)


@pytest.fixture
async def tiered(pipeline: Running) -> Running:
    """Customer 1 is of tier A in the East; the product's list price is 100."""
    profile = customers.CustomerProfile(name="Cancity", owner_id=StaffId("rep-1"), region="East")
    changed = customers.CustomerUpdated(
        customer_id=CustomerId("customer-1"),
        profile=profile,
        previous=profile,
        changed=["region"],
    )
    await deliver(pipeline, changed, subject="customer-1")
    await tell_tier(pipeline, "A")
    body = {"list_price": {"amount": "100"}}
    await pipeline.client.post(f"/products/{GTX}/change-price", json=body)
    return pipeline


async def publish(client: Client, price: str, **more: Any) -> str:
    body = {
        "name": "a list",
        "valid_from": "2026-01-01",
        "entries": [{"product_id": GTX, "price": price}],
    } | more
    made = await client.post("/price-lists", json=body)
    assert made.status_code == 201, made.text
    await client.post(f"/price-lists/{made.json()['id']}/publish", json={})
    return str(made.json()["id"])


async def explained(client: Client, query: str = "customer_id=customer-1") -> list[tuple[str, str]]:
    answer = (await client.get(f"/products/{GTX}/price?{query}")).json()
    assert "applies" in answer, answer
    assert answer["applies"] == (answer["considered"] or [None])[0]
    return [(one["source"], one["price"]["amount"]) for one in answer["considered"]]


async def propose(client: Client, price: str, **more: Any) -> Response:
    body = {"customer_id": "customer-1", "product_id": GTX, "price": {"amount": price}} | more
    return await client.post("/agreed-prices", json=body)


async def approve_all(client: Client) -> int:
    waiting = (await client.get("/approvals?mine=to-decide")).json()["items"]
    for one in waiting:
        await client.post(f"/approvals/{one['id']}/approve", json={})
    return len(waiting)


async def test_the_nearest_price_applies_and_the_others_are_told(tiered: Running) -> None:
    admin, rep = tiered.client, tiered.as_("rep-1", "rep")
    await publish(admin, "99")
    await publish(admin, "97", region="East")
    await publish(admin, "95", tier="A")
    await publish(admin, "93", tier="A", region="East")
    await publish(admin, "1", tier="B")
    await publish(admin, "2", region="West")
    await publish(admin, "3", tier="A", valid_from="2026-01-10", valid_until="2026-02-01")
    await propose(rep, "90")
    assert await approve_all(tiered.as_("director", "director")) == 1
    assert await explained(rep) == [
        ("agreed", "90.00"),
        ("tier_and_region", "93.00"),
        ("tier", "95.00"),
        ("region", "97.00"),
        ("everybody", "99.00"),
        ("list", "100.00"),
    ]
    assert await explained(rep, "customer_id=customer-2") == [
        ("everybody", "99.00"),
        ("list", "100.00"),
    ]
    assert (await explained(rep, "customer_id=customer-1&on=2026-01-15"))[1] == ("tier", "3.00")
    english = await rep.get(
        f"/products/{GTX}/price?customer_id=customer-1", headers={"Accept-Language": "en"}
    )
    assert english.json()["applies"]["why"] == "agreed with this customer"


async def test_a_new_tier_changes_the_price_and_no_quote_that_was_drafted(
    tiered: Running,
) -> None:
    rep = tiered.as_("rep-1", "rep")
    await publish(tiered.client, "95", tier="A")
    body = {"customer_id": "customer-1", "lines": [{"product_id": GTX, "quantity": "1"}]}
    quoted = (await rep.post("/quotes", json=body)).json()
    assert quoted["total"]["net"]["amount"] == "95.00"
    assert quoted["assessment"]["discount"] == "0.0000"
    await tell_tier(tiered, "C")
    assert await explained(rep) == [("list", "100.00")]
    kept = (await rep.get(f"/quotes/{quoted['id']}")).json()
    assert kept["total"]["net"]["amount"] == "95.00"


async def test_of_two_lists_the_one_that_began_last_applies(tiered: Running) -> None:
    admin = tiered.client
    await publish(admin, "99")
    newer = await publish(admin, "96", valid_from="2026-02-01")
    assert (await explained(admin))[0] == ("everybody", "96.00")
    async with published(tiered.db) as events:
        await admin.post(f"/price-lists/{newer}/end", json={"valid_until": "2026-03-01"})
    assert events.types == ["price_list.ended"]
    assert (await explained(admin))[0] == ("everybody", "99.00")
    assert (await explained(admin, "customer_id=customer-1&on=2026-03-01"))[0][1] == "96.00"


async def test_a_published_list_is_not_edited(tiered: Running) -> None:
    admin = tiered.client
    body = {"name": "x", "valid_from": "2026-01-01", "entries": []}
    made = (await admin.post("/price-lists", json=body)).json()
    path = f"/price-lists/{made['id']}"
    empty = await admin.post(f"{path}/publish", json={})
    assert empty.json()["errors"][0]["code"] == "empty"
    entries = [{"product_id": GTX, "price": "5"}]
    changed = await admin.patch(path, json=body | {"entries": entries}, headers={"If-Match": '"1"'})
    assert changed.json()["entries"] == [{"product_id": GTX, "price": "5.00"}]
    await admin.post(f"{path}/publish", json={})
    again = await admin.patch(path, json=body, headers={"If-Match": '"3"'})
    assert again.json()["type"] == "/problems/price-list-published"
    twice = await admin.post("/price-lists", json=body | {"entries": [*entries, *entries]})
    assert twice.json()["errors"][0]["pointer"] == "/entries/1/product_id"


async def test_an_agreed_price_applies_once_it_is_approved(tiered: Running) -> None:
    rep, director = tiered.as_("rep-1", "rep"), tiered.as_("director", "director")
    async with published(tiered.db) as events:
        proposed = await propose(rep, "90", valid_until="2026-06-30")
    assert (proposed.status_code, proposed.json()["status"]) == (201, "proposed")
    assert sorted(events.types) == ["agreed_price.proposed", "approval.requested"]
    assert await explained(rep) == [("list", "100.00")]
    overlapping = await propose(rep, "80", valid_from="2026-06-30")
    assert overlapping.json()["type"] == "/problems/price-already-agreed"
    assert (await propose(rep, "80", valid_from="2026-07-01")).status_code == 201
    assert await approve_all(director) == 2
    assert (await explained(rep))[0] == ("agreed", "90.00")
    async with published(tiered.db) as events:
        path = f"/agreed-prices/{proposed.json()['id']}/end"
        await rep.post(path, json={"valid_until": "2026-03-01", "reason": "a slip"})
    assert str(events.payloads(wire.AgreedPriceEnded)[0].previous_valid_until) == "2026-06-30"
    assert await explained(rep) == [("list", "100.00")]


async def test_an_agreed_price_is_told_only_to_who_may_read_it(granted: Running) -> None:
    manager, director = granted.as_("boss", "manager"), granted.as_("director", "director")
    proposed = await propose(manager, "90")
    assert proposed.status_code == 201, proposed.text
    assert await approve_all(director) == 1
    assert await explained(granted.as_("rep-1", "rep")) == [("agreed", "90.00")]
    assert await explained(granted.as_("rep-3", "rep")) == []
    assert (await granted.as_("rep-3", "rep").get("/agreed-prices")).json()["items"] == []
    assert (await propose(granted.as_("rep-1", "rep"), "1")).status_code == 403
