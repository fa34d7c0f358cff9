"""Payments over HTTP: what they are for, what they settle, and how all of it is undone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from contracts.values import Money
from httpx import Response
from pipeline.due import TIMERS
from pipeline.orders.store import ORDERS
from pipeline.payment_milestones.commands import plan_milestones, trigger
from pipeline.payment_milestones.model import PlannedPayment
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")


async def an_order(client: Client, amount: str = "100", **more: Any) -> str:
    """The id of an order that is shipped: its amount is to be paid."""
    line = {"product_id": GTX, "quantity": "1", "unit_price": {"amount": amount}}
    body = {"customer_id": "customer-1", "lines": [line]} | more
    placed = await client.post("/orders", json=body)
    assert placed.status_code == 201, placed.text
    return str(placed.json()["id"])


async def a_debt(client: Client, amount: str = "100", **more: Any) -> dict[str, Any]:
    """The milestone of an order that was shipped."""
    order_id = await an_order(client, amount, **more)
    shipped = await client.post(f"/orders/{order_id}/ship", json={})
    assert shipped.status_code == 200, shipped.text
    listed = (await client.get(f"/payment-milestones?order_id={order_id}")).json()["items"]
    assert len(listed) == 1
    found: dict[str, Any] = listed[0]
    return found


async def pay(client: Client, amount: str, **more: Any) -> dict[str, Any]:
    body = {"customer_id": "customer-1", "amount": {"amount": amount}} | more
    paid = await client.post("/payments", json=body)
    assert paid.status_code == 201, paid.text
    received: dict[str, Any] = paid.json()
    return received


async def milestone(client: Client, milestone_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/payment-milestones/{milestone_id}")).json()
    return found


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def planned(running: Running, order_id: str, *payments: PlannedPayment) -> None:
    """As a contract over the order's customer would have it."""

    async def decide(work: Any) -> None:
        order = await work.load(ORDERS, order_id)
        await plan_milestones(work, order, payments)

    await running.commits.run(decide)


def due_later(amount: str, **more: Any) -> PlannedPayment:
    given: dict[str, Any] = {"name": "rest", "trigger": "acceptance", "days": 30}
    return PlannedPayment(amount=Money(Decimal(amount), "CNY"), **(given | more))


async def test_what_was_shipped_is_due_and_paid_by_the_orders_payment(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    assert (debt["status"], debt["due_on"], debt["age"]) == ("due", "2026-03-02", "not_due")
    async with published(pipeline.db) as events:
        paid = await pay(rep, "40", order_id=debt["order_id"])
    assert paid["unallocated"]["amount"] == "0.00"
    assert sorted(events.types) == [
        "payment.allocated",
        "payment.received",
        "payment_milestone.settled",
    ]
    assert (await milestone(rep, debt["id"]))["open_amount"]["amount"] == "60.00"
    rest = await pay(rep, "100", order_id=debt["order_id"])
    assert rest["unallocated"]["amount"] == "40.00"
    assert (await milestone(rep, debt["id"]))["status"] == "settled"


async def test_money_in_advance_pays_what_is_shipped_later(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order_id = await an_order(rep)
    paid = await pay(rep, "70", order_id=order_id)
    assert paid["unallocated"]["amount"] == "70.00"
    await rep.post(f"/orders/{order_id}/ship", json={})
    listed = (await rep.get(f"/payment-milestones?order_id={order_id}")).json()["items"]
    assert listed[0]["open_amount"]["amount"] == "30.00"


async def test_a_prepayment_is_claimed_by_an_order_and_allocated_to_it(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    paid = await pay(rep, "70")
    debt = await a_debt(rep)
    async with published(pipeline.db) as events:
        claimed = await rep.post(
            f"/payments/{paid['id']}/claim", json={"order_id": debt["order_id"]}
        )
    assert claimed.json()["order_id"] == debt["order_id"]
    assert claimed.json()["unallocated"]["amount"] == "0.00"
    assert events.payloads(wire.PaymentClaimed)[0].previous_order_id is None
    back = await rep.post(f"/payments/{paid['id']}/claim", json={})
    assert (back.json()["order_id"], back.json()["unallocated"]["amount"]) == (None, "70.00")
    assert (await milestone(rep, debt["id"]))["open_amount"]["amount"] == "100.00"


async def test_the_oldest_debt_is_paid_first_unless_somebody_chooses(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    old = await a_debt(rep)
    clock.advance(timedelta(days=3))
    young = await a_debt(rep)
    paid = await pay(rep, "150")
    done = await rep.post(f"/payments/{paid['id']}/allocate", json={})
    assert [one["payment_milestone_id"] for one in done.json()["allocations"]] == [
        old["id"],
        young["id"],
    ]
    chosen = {"payment_milestone_id": young["id"], "amount": {"amount": "20"}}
    some = await pay(rep, "30", allocations=[chosen])
    assert some["unallocated"]["amount"] == "10.00"
    assert (await milestone(rep, young["id"]))["open_amount"]["amount"] == "30.00"
    too_much = await rep.post(
        f"/payments/{some['id']}/allocate",
        json={"allocations": [chosen | {"amount": {"amount": "10.01"}}]},
    )
    assert (slug(too_much), too_much.json()["left"]) == ("payment-spent", "10.00")


async def test_nobody_pays_another_customers_debt(pipeline: Running) -> None:
    other = await a_debt(pipeline.as_("rep-3", "rep"), customer_id="customer-2")
    paid = await pay(pipeline.as_("rep-1", "rep"), "150")
    refused = await pipeline.client.post(
        f"/payments/{paid['id']}/allocate",
        json={"allocations": [{"payment_milestone_id": other["id"]}]},
    )
    assert refused.json()["errors"][0]["pointer"] == "/allocations/0/payment_milestone_id"


async def test_a_reversed_payment_opens_what_it_had_settled_and_proves_nothing(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    body = {"name": "A plant", "customer_id": "customer-1", "template": "project"}
    deal = (await rep.post("/opportunities", json=body)).json()
    debt = await a_debt(rep, opportunity_id=deal["id"])
    paid = await pay(rep, "100", order_id=debt["order_id"])
    read = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert read["milestones"]["advance_payment"]["state"] == "proven"
    before = (await rep.get("/statements/customer-1?from=2026-03-01&to=2026-03-03")).json()
    reversed_ = await rep.post(f"/payments/{paid['id']}/reverse", json={"reason": "typed twice"})
    assert (reversed_.json()["status"], reversed_.json()["allocations"]) == ("reversed", [])
    assert (await milestone(rep, debt["id"]))["status"] == "due"
    read = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert read["milestones"]["advance_payment"]["state"] == "invalid"
    after = (await rep.get("/statements/customer-1?from=2026-03-01&to=2026-03-03")).json()
    closings = [one["balances"][0]["closing"] for one in (before, after)]
    assert closings == ["0.00", "100.00"]
    again = await rep.post(f"/payments/{paid['id']}/reverse", json={"reason": "typed twice"})
    assert slug(again) == "payment-settled"


async def test_a_commercial_bill_is_money_at_its_maturity(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    bill = {"method": "commercial_bill", "matures_on": "2026-06-01", "order_id": debt["order_id"]}
    paid = await pay(rep, "100", **bill)
    assert (paid["status"], paid["allocations"]) == ("pending", [])
    clock.advance(timedelta(days=90))
    await Timers(pipeline.core, TIMERS).fire_due()
    assert (await rep.get(f"/payments/{paid['id']}")).json()["status"] == "pending"
    clock.advance(timedelta(days=1))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    assert "payment.matured" in events.types
    assert (await milestone(rep, debt["id"]))["status"] == "settled"
    await rep.post(f"/payments/{paid['id']}/dishonour", json={"reason": "no funds"})
    again = await milestone(rep, debt["id"])
    assert (again["status"], again["open_amount"]["amount"]) == ("overdue", "100.00")


async def test_a_bank_bill_counts_on_receipt_until_the_policy_says_otherwise(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    bill = {"method": "bank_bill", "matures_on": "2026-06-01"}
    assert (await pay(rep, "5", **bill))["status"] == "received"
    async with published(pipeline.db) as events:
        await pipeline.client.post(
            "/credit-policies/company/change", json={"bank_bill_counts": "maturity"}
        )
    assert events.payloads(wire.CreditPolicyChanged)[0].previous_bank_bill_counts == "receipt"
    assert (await pay(rep, "5", **bill))["status"] == "pending"


async def test_a_bill_that_is_gone_before_its_maturity_never_matures(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    paid = await pay(rep, "5", method="commercial_bill", matures_on="2026-06-01")
    await rep.post(f"/payments/{paid['id']}/dishonour", json={"reason": "forged"})
    clock.advance(timedelta(days=120))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    assert events.types == []


async def test_only_what_is_left_is_refunded(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    paid = await pay(rep, "130", order_id=debt["order_id"])
    refund = f"/payments/{paid['id']}/refund"
    body = {"amount": {"amount": "30.01"}, "reason": "paid too much"}
    assert slug(await rep.post(refund, json=body)) == "payment-spent"
    done = await rep.post(refund, json={"reason": "paid too much"})
    assert done.json()["refunds"][0]["amount"]["amount"] == "30.00"
    stuck = await rep.post(f"/payments/{paid['id']}/reverse", json={"reason": "wrong"})
    assert slug(stuck) == "payment-settled"


async def test_goods_that_come_back_free_the_money_that_was_paid_for_them(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    order = f"/orders/{debt['order_id']}"
    await rep.post(f"{order}/deliver", json={})
    paid = await pay(rep, "100", order_id=debt["order_id"])
    body = {"lines": [{"line": 1, "quantity": "1"}], "outcome": "refund", "reason": "broken"}
    back = await rep.post(f"{order}/return", json=body)
    assert back.status_code == 200, back.text
    free = (await rep.get(f"/payments/{paid['id']}")).json()
    assert (free["unallocated"]["amount"], free["allocations"]) == ("100.00", [])
    settled = await milestone(rep, debt["id"])
    assert settled["settlements"][0]["source"] == f"return:{debt['order_id']}"
    position = (await rep.get("/credit-positions/customer-1")).json()
    assert (position["exposure"], position["unallocated"]) == ("-100.00", "100.00")


async def test_a_planned_payment_has_no_date_before_its_trigger_is_a_fact(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order_id = await an_order(rep)
    later = due_later("70")
    await planned(pipeline, order_id, due_later("30", trigger="signing", days=0), later)
    listed = (await rep.get(f"/payment-milestones?contract_id={order_id}")).json()["items"]
    assert [(one["status"], one["due_on"]) for one in listed] == [("planned", None)] * 2
    clock.advance(timedelta(days=400))
    await Timers(pipeline.core, TIMERS).fire_due()
    await pipeline.commits.run(lambda work: trigger(work, order_id, "acceptance", work.today))
    accepted = await milestone(rep, listed[0]["id"])
    assert (accepted["triggered_on"], accepted["due_on"]) == ("2027-04-06", "2027-05-06")
    assert (await milestone(rep, listed[1]["id"]))["status"] == "planned"


async def test_a_contracts_payment_pays_what_has_a_date_first(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order_id = await an_order(rep)
    await planned(pipeline, order_id, due_later("30"), due_later("70", trigger="signing"))
    await pipeline.commits.run(lambda work: trigger(work, order_id, "signing", work.today))
    paid = await pay(rep, "80", contract_id=order_id)
    settled = [one["settled"]["amount"] for one in paid["allocations"]]
    assert settled == ["70.00", "10.00"]


async def test_a_payment_due_on_a_date_waits_for_it(pipeline: Running, clock: VirtualClock) -> None:
    rep = pipeline.as_("rep-1", "rep")
    order_id = await an_order(rep)
    on = (clock.now() + timedelta(days=10)).date()
    await planned(pipeline, order_id, due_later("30", trigger="date", on=on, days=5))
    clock.advance(timedelta(days=10))
    await Timers(pipeline.core, TIMERS).fire_due()
    due = (await rep.get(f"/payment-milestones?contract_id={order_id}")).json()["items"][0]
    assert (due["status"], due["due_on"]) == ("due", "2026-03-17")


async def test_a_milestone_is_overdue_the_day_after_its_date_and_told_once(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
        clock.advance(timedelta(hours=15))
        for _ in range(2):
            await Timers(pipeline.core, TIMERS).fire_due()
    assert events.types == ["payment_milestone.overdue"]
    late = await milestone(rep, debt["id"])
    assert (late["status"], late["overdue_since"], late["age"]) == (
        "overdue",
        "2026-03-03",
        "1-30",
    )


async def test_what_was_paid_in_time_is_never_overdue(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep)
    await pay(rep, "100", order_id=debt["order_id"])
    clock.advance(timedelta(days=2))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    assert events.types == []


async def test_receivables_are_shown_by_age_within_rights(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, other = pipeline.as_("rep-1", "rep"), pipeline.as_("rep-3", "rep")
    for days in (0, 30, 31, 60, 365):
        clock.advance(timedelta(days=days))
        await a_debt(rep, "10")
    await a_debt(other, "7", customer_id="customer-2")
    clock.advance(timedelta(days=1))
    rows = (await rep.get("/receivables/ageing")).json()["rows"]
    assert [(row["key"], row["total"], row["overdue"]) for row in rows] == [
        ("customer-1", "50.00", "50.00")
    ]
    assert rows[0]["ages"] == {
        "not_due": "0.00",
        "1-30": "10.00",
        "31-60": "0.00",
        "61-90": "0.00",
        "91-180": "0.00",
        "181-365": "0.00",
        ">365": "40.00",
    }
    owners = (await pipeline.client.get("/receivables/ageing?group_by=owner")).json()["rows"]
    assert {(row["key"], row["total"]) for row in owners} == {
        ("rep-1", "50.00"),
        ("rep-3", "7.00"),
    }


async def test_a_receipt_in_another_currency_is_exchanged_at_the_rate_of_its_day(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    debt = await a_debt(rep, "700")
    dollars = {"amount": {"amount": "60", "currency": "USD"}, "order_id": debt["order_id"]}
    unknown = await rep.post("/payments", json=dollars)
    assert slug(unknown) == "exchange-rate-unknown"
    rate = {"currency": "USD", "rate": "7", "on": "2026-03-02"}
    assert (await pipeline.client.post("/exchange-rates", json=rate)).status_code == 201
    paid = (await rep.post("/payments", json=dollars)).json()
    assert paid["allocations"][0]["settled"] == {"amount": "420.00", "currency": "CNY"}
    more = (await rep.post("/payments", json=dollars)).json()
    assert (more["allocations"][0]["settled"]["amount"], more["unallocated"]["amount"]) == (
        "280.00",
        "20.00",
    )
    position = (await rep.get("/credit-positions/customer-1")).json()
    assert position["exposure"] == "-140.00"
