"""A standard deal, from the first contact to the money: lightly gated, by facts all the same."""

from chassis.testkit import published
from contracts import pipeline as wire

from tests.flows.company import Body, Company, a_customer, yuan


async def a_deal(acme: Company, **more: object) -> tuple[str, str]:
    """A customer's id and the path of a deal with it."""
    customer = await acme.rep.post("/customers", a_customer())
    await acme.carry()
    deal = await acme.rep.post(
        "/opportunities",
        {"name": "Two lathes", "customer_id": customer["id"], "amount": yuan(80_000)} | more,
    )
    return customer["id"], f"/opportunities/{deal['id']}"


async def a_product(acme: Company) -> str:
    existing = (await acme.rep.get("/products?code=LATHE"))["items"]
    if existing:
        return str(existing[0]["id"])
    body = {"name": "Lathe", "code": "LATHE", "line": "Machines", "list_price": yuan(40_000)}
    return str((await acme.admin.post("/products", body))["id"])


def missing(problem: Body) -> list[str]:
    assert problem["type"] == "/problems/gate-closed"
    return [one["milestone"] for one in problem["missing"]]


async def test_a_standard_deal_is_won_by_facts_and_one_waiver(acme: Company) -> None:
    customer, deal = await a_deal(acme)
    advance = f"{deal}/advance"
    product = await a_product(acme)

    assert missing(await acme.rep.refused(409, advance)) == ["held_contact"]
    follow_up = await acme.rep.post(
        "/follow-ups",
        {"opportunity_id": deal.rpartition("/")[2], "at": "2026-03-02T15:00:00+08:00"}
        | {"method": "phone", "objective": "learn what they need"},
    )
    assert missing(await acme.rep.refused(409, advance)) == ["held_contact"]
    await acme.rep.post(f"/follow-ups/{follow_up['id']}/done", {"result": "they need two"})
    assert (await acme.rep.post(advance))["stage"]["code"] == "needs"

    assert missing(await acme.rep.refused(409, advance)) == ["needs"]
    await acme.rep.patch(deal, {"need": "two lathes for the new hall"})
    await acme.rep.post(advance)
    assert (await acme.rep.post(advance))["stage"]["code"] == "quotation"

    # The quote went out on paper, so a superior takes the responsibility.
    refusal = await acme.rep.refused(409, advance)
    assert missing(refusal) == ["quote"]
    assert refusal["missing"][0]["is_waivable"]
    waiver = {"milestones": ["quote"], "reason": "quoted on paper, number 17"}
    assert (await acme.rep.ask("POST", f"{deal}/waive", waiver)).status_code == 403
    assert (await acme.colleague.ask("POST", f"{deal}/waive", waiver)).status_code in {403, 404}
    assert (await acme.other_boss.ask("POST", f"{deal}/waive", waiver)).status_code == 404
    await acme.boss.refused(400, f"{deal}/waive", {"milestones": ["quote"]})
    waived = await acme.boss.post(f"{deal}/waive", waiver)
    assert waived["milestones"]["quote"]["waived_by"] == acme.boss.id
    assert (await acme.rep.post(advance))["stage"]["code"] == "negotiation"

    assert missing(await acme.rep.refused(409, f"{deal}/win")) == ["order"]
    order = await acme.rep.post(
        "/orders",
        {
            "opportunity_id": deal.rpartition("/")[2],
            "lines": [{"product_id": product, "quantity": "2", "unit_price": yuan(41_000)}],
        },
    )
    assert (order["customer_id"], order["total"]["amount"]) == (customer, "82000.00")
    won = await acme.rep.post(f"{deal}/win", {"amount": yuan(82_000)})
    assert (won["status"], won["won_amount"]["amount"]) == ("won", "82000.00")
    payment = await acme.rep.post("/payments", {"order_id": order["id"], "amount": yuan(82_000)})
    assert payment["customer_id"] == customer

    await acme.carry()
    assert (await acme.rep.get(f"/customers/{customer}"))["status"] == "won"


async def test_nobody_waives_a_gate_on_a_deal_of_their_own(acme: Company) -> None:
    customer = await acme.boss.post("/customers", a_customer())
    await acme.carry()
    deal = await acme.boss.post(
        "/opportunities", {"name": "The boss's own", "customer_id": customer["id"]}
    )
    waiver = {"milestones": ["held_contact"], "reason": "I know them well"}
    path = f"/opportunities/{deal['id']}/waive"
    async with published(acme.services["pipeline"].db) as events:
        problem = await acme.boss.refused(403, path, waiver)
    assert problem["type"] == "/problems/forbidden"
    assert events.types == []
    assert (await acme.director.post(path, waiver))["milestones"]["held_contact"]["reason"]


async def test_a_refusal_is_one_fact_however_often_it_is_tried(acme: Company) -> None:
    _, deal = await a_deal(acme)
    before = (await acme.rep.get(deal))["version"]
    async with published(acme.services["pipeline"].db) as events:
        for _ in range(3):
            await acme.rep.refused(409, f"{deal}/advance")
    assert events.types == ["gate_refusal.recorded"]
    assert events.payloads(wire.GateRefusalRecorded)[0].missing == ["held_contact"]
    assert (await acme.rep.get(deal))["version"] == before


async def test_losing_is_always_allowed(acme: Company) -> None:
    _, deal = await a_deal(acme, template="project")
    lost = await acme.rep.post(f"{deal}/lose", {"reasons": ["price"], "winner": "Hooli"})
    assert (lost["status"], lost["lost_reasons"]) == ("lost", ["price"])


async def test_a_cancelled_order_proves_nothing_any_more(acme: Company) -> None:
    _, deal = await a_deal(acme)
    product = await a_product(acme)
    waiver = {"milestones": ["held_contact", "needs", "quote"], "reason": "an old friend"}
    await acme.boss.post(f"{deal}/waive", waiver)
    order = await acme.rep.post(
        "/orders",
        {
            "opportunity_id": deal.rpartition("/")[2],
            "lines": [{"product_id": product, "amount": yuan(40_000)}],
        },
    )
    await acme.rep.post(f"/orders/{order['id']}/cancel", {"reason": "ordered twice"})
    assert missing(await acme.rep.refused(409, f"{deal}/win")) == ["order"]


async def test_the_intent_follows_what_a_follow_up_brought(acme: Company) -> None:
    _, deal = await a_deal(acme)
    follow_up = await acme.rep.post(
        "/follow-ups",
        {"opportunity_id": deal.rpartition("/")[2], "at": "2026-03-02T15:00:00+08:00"}
        | {"method": "visit"},
    )
    done = {"result": "budget approved", "intent": "strong"}
    await acme.rep.post(f"/follow-ups/{follow_up['id']}/done", done)
    assert (await acme.rep.get(deal))["intent"] == "strong"
    problem = await acme.rep.refused(409, f"/follow-ups/{follow_up['id']}/done", done)
    assert problem["type"] == "/problems/follow-up-settled"
