"""Follow-ups, orders, payments, products and templates over HTTP."""

from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response
from pipeline.products.model import product_id
from pipeline.templates.publishing import TemplatesPublished

GTX = product_id("GTX-PRO")
LINES = [{"product_id": GTX, "quantity": "2", "unit_price": {"amount": "10.55"}}]


async def open_deal(client: Client, **more: Any) -> dict[str, Any]:
    body = {"name": "A plant", "customer_id": "customer-1"} | more
    opened: dict[str, Any] = (await client.post("/opportunities", json=body)).json()
    return opened


async def plan(client: Client, **more: Any) -> Response:
    body = {"at": "2026-03-03T01:00:00Z", "method": "phone", "objective": "an offer"} | more
    return await client.post("/follow-ups", json=body)


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def milestones(client: Client, deal: dict[str, Any]) -> dict[str, str]:
    read = (await client.get(f"/opportunities/{deal['id']}")).json()
    return {code: held["state"] for code, held in read["milestones"].items()}


async def test_a_follow_up_is_due_after_its_grace_or_when_it_says(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    planned = await plan(rep, customer_id="customer-1")
    assert planned.status_code == 201, planned.text
    assert planned.json()["due_at"] == "2026-03-04T01:00:00Z"
    async with published(pipeline.db) as events:
        soon = await plan(rep, customer_id="customer-1", due_at="2026-03-03T01:00:05Z")
    assert soon.json()["due_at"] == "2026-03-03T01:00:05Z"
    told = events.payloads(wire.FollowUpPlanned)[0]
    assert (told.customer_id, told.owner_id, told.terms.method) == (
        "customer-1",
        "rep-1",
        "phone",
    )
    assert events.documents[0]["key"] == "customer-1"


async def test_a_follow_up_with_a_contact_is_an_appointment_until_it_is_cancelled(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    planned = (await plan(rep, opportunity_id=deal["id"], contact_ids=["buyer"])).json()
    assert planned["customer_id"] == "customer-1"
    assert await milestones(rep, deal) == {"appointment": "proven"}
    await rep.post(f"/follow-ups/{planned['id']}/cancel", json={"reason": "ill"})
    assert await milestones(rep, deal) == {"appointment": "invalid"}
    again = await rep.post(f"/follow-ups/{planned['id']}/done", json={"result": "well"})
    assert slug(again) == "follow-up-settled"


async def test_a_done_follow_up_is_a_held_contact_and_may_change_the_intent(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    planned = (await plan(rep, opportunity_id=deal["id"])).json()
    async with published(pipeline.db) as events:
        done = await rep.post(
            f"/follow-ups/{planned['id']}/done",
            json={"result": "wants an offer", "intent": "strong", "contact_ids": ["buyer"]},
        )
    assert (done.json()["status"], done.json()["contact_ids"]) == ("done", ["buyer"])
    assert sorted(events.types) == [
        "follow_up.done",
        "opportunity.intent_changed",
        "opportunity.milestone_proven",
    ]
    moved = await rep.post(f"/opportunities/{deal['id']}/advance", json={})
    assert moved.json()["stage"]["code"] == "needs"


async def test_an_intent_belongs_to_a_deal(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    planned = (await plan(rep, customer_id="customer-1")).json()
    done = await rep.post(
        f"/follow-ups/{planned['id']}/done", json={"result": "well", "intent": "strong"}
    )
    assert done.json()["errors"][0]["pointer"] == "/intent"


async def test_follow_ups_due_first_come_first(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    for day in (5, 3, 4):
        await plan(rep, customer_id="customer-1", at=f"2026-03-0{day}T01:00:00Z")
    listed = (await rep.get("/follow-ups?status=planned&limit=2")).json()
    assert [one["due_at"][:10] for one in listed["items"]] == ["2026-03-04", "2026-03-05"]
    due = (await rep.get("/follow-ups?due_before=2026-03-04T02:00:00Z")).json()
    assert len(due["items"]) == 1
    assert (await pipeline.as_("rep-2", "rep").get("/follow-ups")).json()["items"] == []
    assert len((await pipeline.as_("boss", "supervisor").get("/follow-ups")).json()["items"]) == 3


async def test_an_order_takes_customer_and_owner_from_its_deal(pipeline: Running) -> None:
    rep, boss = pipeline.as_("rep-1", "rep"), pipeline.as_("boss", "supervisor")
    deal = await open_deal(rep)
    async with published(pipeline.db) as events:
        placed = await boss.post("/orders", json={"opportunity_id": deal["id"], "lines": LINES})
    order = placed.json()
    assert (order["customer_id"], order["owner_id"]) == ("customer-1", "rep-1")
    assert order["total"] == {"amount": "21.10", "currency": "CNY"}
    assert order["number"].startswith("SO20260302-")
    assert sorted(events.types) == ["opportunity.milestone_proven", "order.placed"]
    assert await milestones(rep, deal) == {"order": "proven"}
    await rep.post(f"/orders/{order['id']}/cancel", json={"reason": "too dear"})
    assert await milestones(rep, deal) == {"order": "invalid"}


async def test_whoever_sees_a_deal_sees_its_papers(pipeline: Running) -> None:
    rep, colleague = pipeline.as_("rep-1", "rep"), pipeline.as_("rep-3", "rep")
    deal = await open_deal(rep, collaborator_ids=["rep-3"])
    about = {"opportunity_id": deal["id"]}
    order = (await rep.post("/orders", json=about | {"lines": LINES})).json()
    await rep.post("/payments", json={"order_id": order["id"], "amount": {"amount": "5"}})
    await plan(rep, **about)
    collections = ("orders", "payments", "follow-ups")
    for collection in collections:
        assert len((await colleague.get(f"/{collection}")).json()["items"]) == 1
    now = (await rep.get(f"/opportunities/{deal['id']}")).headers["ETag"]
    await rep.patch(
        f"/opportunities/{deal['id']}", json={"collaborator_ids": []}, headers={"If-Match": now}
    )
    for collection in collections:
        assert (await colleague.get(f"/{collection}")).json()["items"] == []
    delivered = await rep.post(f"/orders/{order['id']}/deliver", json={})
    assert delivered.status_code == 200


async def test_many_products_and_follow_ups_at_once(pipeline: Running) -> None:
    listed = await pipeline.client.post(
        "/products/batch", json={"items": [{"name": "A", "code": "A"}, {"name": "A", "code": "a"}]}
    )
    assert sorted(one["status"] for one in listed.json()["items"]) == [201, 409]
    body = {"customer_id": "customer-1", "at": "2026-03-03T01:00:00Z", "method": "phone"}
    planned = await pipeline.as_("rep-1", "rep").post(
        "/follow-ups/batch", json={"items": [body, body | {"method": "pigeon"}]}
    )
    assert [one["status"] for one in planned.json()["items"]] == [201, 400]


async def test_an_order_of_another_customer_is_not_the_deals(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    body = {"opportunity_id": deal["id"], "customer_id": "customer-2", "lines": LINES}
    refused = await rep.post("/orders", json=body)
    assert refused.json()["errors"][0]["code"] == "other-customer"


async def test_an_order_is_delivered_whole_and_once(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    body = {"customer_id": "customer-1", "lines": LINES}
    order = (await rep.post("/orders", json=body)).json()
    early = await rep.post(f"/orders/{order['id']}/deliver", json={"delivered_on": "2026-03-01"})
    assert early.json()["errors"][0]["code"] == "too-early"
    async with published(pipeline.db) as events:
        delivered = await rep.post(f"/orders/{order['id']}/deliver", json={})
    assert (delivered.json()["status"], delivered.json()["delivered_on"]) == (
        "delivered",
        "2026-03-02",
    )
    assert str(events.payloads(wire.OrderDelivered)[0].amount.amount) == "21.10"
    again = await rep.post(f"/orders/{order['id']}/deliver", json={})
    assert slug(again) == "order-settled"


async def test_an_order_of_history_is_delivered_already(pipeline: Running) -> None:
    body = {
        "customer_id": "customer-1",
        "owner_id": "rep-1",
        "lines": LINES,
        "history": True,
        "placed_on": "2020-01-01",
        "delivered_on": "2020-02-01",
        "external_id": "SO-1",
    }
    async with published(pipeline.db) as events:
        answer = await pipeline.client.post("/orders/batch", json={"items": [body, body]})
    assert sorted(item["status"] for item in answer.json()["items"]) == [201, 409]
    assert events.types == ["order.placed", "order.delivered"]
    assert {event["headers"]["ce_origin"] for event in events.documents} == {"import"}


async def test_a_payment_is_evidence_of_the_money_in_advance(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    paid = await rep.post(
        "/payments", json={"opportunity_id": deal["id"], "amount": {"amount": "1000.00"}}
    )
    assert (paid.json()["customer_id"], paid.json()["owner_id"]) == ("customer-1", "rep-1")
    assert (await milestones(rep, deal)) == {"advance_payment": "proven"}
    listed = (await rep.get(f"/payments?opportunity_id={deal['id']}")).json()
    assert [one["id"] for one in listed["items"]] == [paid.json()["id"]]


async def test_a_payment_for_a_foreign_order_is_not_taken(pipeline: Running) -> None:
    body = {"customer_id": "customer-1", "lines": LINES}
    order = (await pipeline.as_("rep-1", "rep").post("/orders", json=body)).json()
    other = await pipeline.as_("rep-3", "rep").post(
        "/payments", json={"order_id": order["id"], "amount": {"amount": "1"}}
    )
    assert other.status_code == 404


async def test_products_are_listed_repriced_and_withdrawn(pipeline: Running) -> None:
    admin = pipeline.client
    body = {"name": "MG Special", "code": "MG-1", "line": "MG", "list_price": {"amount": "55.00"}}
    listed = await admin.post("/products", json=body)
    assert listed.status_code == 201
    taken = await admin.post("/products", json=body | {"code": "mg-1"})
    assert slug(taken) == "duplicate"
    path = f"/products/{listed.json()['id']}"
    priced = await admin.post(f"{path}/change-price", json={"list_price": {"amount": "60.00"}})
    assert priced.json()["list_price"]["amount"] == "60.00"
    assert (await admin.post(f"{path}/withdraw", json={})).json()["is_withdrawn"]
    late = await admin.post(f"{path}/change-price", json={"list_price": {"amount": "70.00"}})
    assert slug(late) == "product-withdrawn"
    found = (await admin.get("/products?line=MG")).json()["items"]
    assert [one["code"] for one in found] == ["MG-1"]


async def test_the_processes_are_published_once(pipeline: Running) -> None:
    async with published(pipeline.db) as events:
        for _ in range(2):
            part = TemplatesPublished(pipeline.core)
            await part.start()
            assert part.ready()
    assert events.types == ["process_template.published"] * 3
    shown = (await pipeline.as_("rep-1", "rep").get("/process-templates")).json()["items"]
    assert {(one["code"], one["version"]) for one in shown} == {
        ("project", 1),
        ("simple", 1),
        ("standard", 1),
    }
    one = await pipeline.client.get("/process-templates/project-1")
    assert len(one.json()["definition"]["stages"]) == 8
