"""Products and selling entities: dated prices, and figures that are read by right only."""

from decimal import Decimal
from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")


async def price(pipeline: Client, amount: str, **more: Any) -> Response:
    body = {"list_price": {"amount": amount}} | more
    return await pipeline.post(f"/products/{GTX}/change-price", json=body)


async def test_a_price_begins_on_its_day_and_says_whether_it_holds_tax(pipeline: Running) -> None:
    admin = pipeline.client
    await price(admin, "100")
    async with published(pipeline.db) as events:
        later = await price(admin, "226", is_taxed=True, valid_from="2026-04-01")
    assert later.json()["list_price"]["amount"] == "100.00"
    assert [one["valid_from"] for one in later.json()["prices"]] == ["2026-03-02", "2026-04-01"]
    told = events.payloads(wire.ProductPriceChanged)[0]
    assert told.is_taxed
    assert (told.list_price.amount, str(told.valid_from)) == (Decimal(226), "2026-04-01")
    assert told.previous_list_price is not None
    assert told.previous_list_price.amount == 100


async def test_a_product_is_updated_with_what_it_was_before(pipeline: Running) -> None:
    admin = pipeline.client
    now = (await admin.get(f"/products/{GTX}")).headers["ETag"]
    async with published(pipeline.db) as events:
        updated = await admin.patch(
            f"/products/{GTX}", json={"unit": "台"}, headers={"If-Match": now}
        )
    assert updated.json()["unit"] == "台"
    told = events.payloads(wire.ProductUpdated)[0]
    assert (told.changed, told.previous, told.profile.unit) == (["unit"], {"unit": "件"}, "台")
    unknown = await admin.post("/products", json={"name": "B", "code": "B", "tax_code": "luxury"})
    assert unknown.json()["errors"][0]["pointer"] == "/tax_code"


async def test_floor_and_cost_are_seen_by_right_only(granted: Running) -> None:
    finance, rep = granted.as_("fin", "finance"), granted.as_("rep-1", "rep")
    supervisor = granted.as_("boss", "supervisor")
    floor = {"floor_price": {"amount": "80"}}
    assert (await rep.post(f"/products/{GTX}/set-floor", json=floor)).status_code == 403
    async with published(granted.db) as events:
        await finance.post(f"/products/{GTX}/set-floor", json=floor)
        await finance.post(f"/products/{GTX}/set-cost", json={"standard_cost": {"amount": "60"}})
    assert events.types == ["product_floor.changed", "product_cost.changed"]
    seen = {}
    for name, client in (("rep", rep), ("supervisor", supervisor), ("finance", finance)):
        read = (await client.get(f"/products/{GTX}")).json()
        listed = (await client.get("/products")).json()["items"][0]
        assert read == listed
        seen[name] = {
            key: read[key]["amount"] for key in ("floor_price", "standard_cost") if key in read
        }
    assert seen == {
        "rep": {},
        "supervisor": {"floor_price": "80.00"},
        "finance": {"floor_price": "80.00", "standard_cost": "60.00"},
    }


async def test_a_withdrawn_product_is_changed_no_more(pipeline: Running) -> None:
    admin = pipeline.client
    await admin.post(f"/products/{GTX}/withdraw", json={})
    again = await price(admin, "5")
    assert again.json()["type"] == "/problems/product-withdrawn"


async def test_a_selling_entity_is_registered_changed_and_put_out_of_use(
    granted: Running,
) -> None:
    finance = granted.as_("fin", "finance")
    body = {
        "code": "SZ",
        "name": "天龙机床（苏州）有限公司",
        "tax_number": "91320500MA1X0A000X",
        "terms": {"payment": "预付 30%"},
    }
    async with published(granted.db) as events:
        made = await finance.post("/selling-entities", json=body)
        path = f"/selling-entities/{made.json()['id']}"
        changed = await finance.patch(
            path, json={"phone": "0512 000000"}, headers={"If-Match": '"1"'}
        )
        await finance.post(f"{path}/deactivate", json={})
    assert made.status_code == 201, made.text
    assert (changed.json()["phone"], changed.json()["terms"]["payment"]) == (
        "0512 000000",
        "预付 30%",
    )
    assert events.types == [
        "selling_entity.registered",
        "selling_entity.changed",
        "selling_entity.activated",
    ]
    assert events.payloads(wire.SellingEntityChanged)[0].previous.phone is None
    assert (await finance.post("/selling-entities", json=body)).status_code == 409
    rep = granted.as_("rep-1", "rep")
    assert (await rep.get("/selling-entities?is_active=true")).json()["items"] == []
    assert (
        await rep.patch(path, json={"name": "x"}, headers={"If-Match": '"3"'})
    ).status_code == 403


async def test_a_product_line_is_recorded_once_and_may_become_core(pipeline: Running) -> None:
    admin = pipeline.client
    made = (await admin.post("/product-lines", json={"name": "GTX"})).json()
    assert (await admin.post("/product-lines", json={"name": "gtx "})).status_code == 409
    path = f"/product-lines/{made['id']}"
    async with published(pipeline.db) as events:
        changed = await admin.patch(path, json={"is_core": True}, headers={"If-Match": '"1"'})
    assert changed.json()["is_core"]
    assert not events.payloads(wire.ProductLineChanged)[0].previous_is_core
    listed = (await admin.get("/product-lines?is_core=true")).json()["items"]
    assert [one["name"] for one in listed] == ["GTX"]
