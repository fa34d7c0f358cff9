"""Credit: exposure stays within limit and temporary limits, whatever happens at the same time."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, a_message, published, service, take
from chassis.timers import Timers
from contracts import customers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS
from pipeline.main import create_app
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")


async def a_customer(
    running: Running, identifier: str, limit: str | None = None, **more: Any
) -> str:
    profile = {"name": identifier, "owner_id": "rep-1"} | more
    if limit is not None:
        profile["credit_limit"] = {"amount": limit, "currency": "CNY"}
    told = {"customer_id": identifier, "profile": profile}
    event = msgspec.convert(told, customers.CustomerRegistered)
    await take(running, [a_message(event, subject=identifier, sequence=1)])
    return identifier


async def order(client: Client, amount: str, customer_id: str = "client") -> Response:
    line = {"product_id": GTX, "quantity": "1", "unit_price": {"amount": amount}}
    return await client.post("/orders", json={"customer_id": customer_id, "lines": [line]})


async def pay(client: Client, amount: str, customer_id: str = "client", **more: Any) -> Response:
    body = {"customer_id": customer_id, "amount": {"amount": amount}} | more
    return await client.post("/payments", json=body)


async def position(client: Client, customer_id: str = "client") -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/credit-positions/{customer_id}")).json()
    return found


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_a_refusal_says_by_how_much_and_a_shipment_is_not_counted_twice(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "client", "100")
    first = await order(rep, "70")
    assert first.status_code == 201, first.text
    refused = await order(rep, "30.01")
    assert (slug(refused), refused.json()["by"]) == ("credit-exceeded", "0.01")
    assert (await order(rep, "30")).status_code == 201
    before = await position(rep)
    assert (before["unshipped"], before["receivable"], before["left"]) == (
        "100.00",
        "0.00",
        "0.00",
    )
    shipped = await rep.post(f"/orders/{first.json()['id']}/ship", json={})
    assert shipped.status_code == 200, shipped.text
    after = await position(rep)
    assert (after["unshipped"], after["receivable"], after["exposure"]) == (
        "30.00",
        "70.00",
        "100.00",
    )


async def test_money_makes_room_and_its_reversal_takes_it_away(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "client", "100")
    placed = (await order(rep, "100")).json()
    paid = (await pay(rep, "40")).json()
    assert (await position(rep))["left"] == "40.00"
    assert (await order(rep, "40")).status_code == 201
    await rep.post(f"/payments/{paid['id']}/reverse", json={"reason": "dishonoured"})
    assert (await position(rep))["left"] == "-40.00"
    assert slug(await order(rep, "0.01")) == "credit-exceeded"
    # Nor does anything leave us that the account has no room for by now.
    stopped = await rep.post(f"/orders/{placed['id']}/ship", json={})
    assert (slug(stopped), stopped.json()["by"]) == ("credit-exceeded", "40.00")


async def test_a_cancelled_order_makes_room(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "client", "100")
    placed = (await order(rep, "100")).json()
    await rep.post(f"/orders/{placed['id']}/cancel", json={"reason": "too dear"})
    assert (await position(rep))["exposure"] == "0.00"


async def test_whoever_has_no_limit_is_not_checked(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    assert (await order(rep, "100000", "customer-1")).status_code == 201
    stands = await position(rep, "customer-1")
    assert (stands["limit"], stands["left"], stands["exposure"]) == (None, None, "100000.00")


async def test_a_group_shares_one_limit_and_others_keep_their_own(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "head", "100")
    for branch in ("north", "south"):
        await a_customer(pipeline, branch, group_parent_id="head", credit_terms="group")
    await a_customer(pipeline, "apart", "5", group_parent_id="head")
    assert (await order(rep, "60", "north")).status_code == 201
    assert (await order(rep, "50", "south")).json()["by"] == "10.00"
    assert (await order(rep, "6", "apart")).json()["by"] == "1.00"
    assert (await position(rep, "south"))["holder_id"] == "head"
    assert (await position(rep, "south"))["left"] == "40.00"


async def test_a_temporary_limit_counts_from_its_grant_to_its_last_day(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "client", "100")
    body = {
        "customer_id": "client",
        "amount": {"amount": "50"},
        "reason": "season",
        "expires_on": "2026-03-03",
    }
    asked = (await rep.post("/temporary-credit-limits", json=body)).json()
    assert (asked["status"], (await position(rep))["left"]) == ("requested", "100.00")
    for _ in range(2):
        for approver in (
            pipeline.as_("boss", "supervisor"),
            pipeline.as_("director", "director"),
        ):
            for one in (await approver.get("/approvals?mine=to-decide")).json()["items"]:
                await approver.post(f"/approvals/{one['id']}/approve", json={})
    assert (await position(rep))["left"] == "150.00"
    assert (await order(rep, "150")).status_code == 201
    clock.advance(timedelta(days=2))
    # By its date, whether or not its timer was told in time.
    assert (await position(rep))["left"] == "-50.00"
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    ended = events.payloads(wire.TemporaryCreditLimitEnded)
    assert [one.outcome for one in ended] == ["expired"]


async def test_a_customer_late_for_too_long_is_blocked(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_customer(pipeline, "client", "100")
    await pipeline.client.post("/credit-policies/company/change", json={"blocked_after_days": 10})
    placed = (await order(rep, "10")).json()
    await rep.post(f"/orders/{placed['id']}/ship", json={})
    clock.advance(timedelta(days=10))
    assert (await order(rep, "1")).status_code == 201
    clock.advance(timedelta(days=1))
    blocked = await order(rep, "1")
    assert (slug(blocked), blocked.json()["overdue_days"]) == ("credit-blocked", 11)
    await pay(rep, "10", order_id=placed["id"])
    assert (await order(rep, "1")).status_code == 201


@asynccontextmanager
async def processes(
    running: Running, mongodb_uri: str, clock: VirtualClock, number: int
) -> AsyncIterator[list[Client]]:
    """More processes of the same service, on the same database."""
    async with AsyncExitStack() as stack:
        found = [running.as_("rep-1", "rep")]
        for _ in range(number - 1):
            other = await stack.enter_async_context(
                service(create_app, mongodb_uri, clock=clock, database=running.db.name)
            )
            found.append(other.as_("rep-1", "rep"))
        yield found


@pytest.mark.parametrize("seed", range(4))
async def test_no_interleaving_of_orders_shipments_and_receipts_exceeds_the_limit(
    pipeline: Running, mongodb_uri: str, clock: VirtualClock, seed: int
) -> None:
    """Two processes, many at once. Each accepted order had room: replayed, none was too much."""
    dice = random.Random(seed)
    await a_customer(pipeline, "client", "100")
    async with processes(pipeline, mongodb_uri, clock, 2) as clients:
        placed: list[str] = []
        paid: list[str] = []
        for _ in range(4):
            doing = []
            for _ in range(8):
                client = dice.choice(clients)
                what = dice.random()
                if what < 0.5 or not placed:
                    doing.append(order(client, str(dice.randint(5, 60))))
                elif what < 0.7:
                    doing.append(client.post(f"/orders/{dice.choice(placed)}/ship", json={}))
                elif what < 0.9:
                    more = {"order_id": dice.choice(placed)} if dice.random() < 0.5 else {}
                    doing.append(pay(client, str(dice.randint(1, 40)), **more))
                else:
                    reason = {"reason": "too dear"}
                    doing.append(client.post(f"/orders/{dice.choice(placed)}/cancel", json=reason))
            answers = await asyncio.gather(*doing)
            for answer in answers:
                assert answer.status_code < 500, answer.text
                if answer.status_code == 201 and "lines" in answer.json():
                    placed.append(answer.json()["id"])
                elif answer.status_code == 201:
                    paid.append(answer.json()["id"])
            stands = await position(clients[0])
            assert Decimal(stands["exposure"]) <= 100
            assert Decimal(stands["exposure"]) == await counted(pipeline)
            assert Decimal(stands["exposure"]) == (
                Decimal(stands["receivable"])
                + Decimal(stands["unshipped"])
                - Decimal(stands["unallocated"])
            )
        assert placed
        assert paid


async def counted(running: Running) -> Decimal:
    """What the papers themselves say, added up without the account."""
    owed = Decimal(0)
    async for document in running.db["orders"].find({"customer_id": "client"}):
        owed += (document["gross"] or document["total"])["amount"]
    async for document in running.db["payments"].find({"customer_id": "client"}):
        if document["status"] == "received":
            owed -= document["amount"]["amount"]
    return owed


async def test_orders_and_reversals_at_once_leave_the_account_as_its_papers_say(
    pipeline: Running, mongodb_uri: str, clock: VirtualClock
) -> None:
    await a_customer(pipeline, "client", "100")
    async with processes(pipeline, mongodb_uri, clock, 2) as (one, other):
        for number in range(3):
            paid = [(await pay(one, "30")).json()["id"] for _ in range(3)]
            undo = [
                client.post(f"/payments/{identifier}/reverse", json={"reason": "wrong"})
                for client, identifier in zip((one, other, one), paid, strict=True)
            ]
            orders = [order(client, "45") for client in (one, other, other)]
            answers = await asyncio.gather(*undo, *orders)
            assert {answer.status_code for answer in answers} <= {200, 201, 409}
            stands = await position(other)
            assert Decimal(stands["exposure"]) == await counted(pipeline), number
            # It is over now perhaps, by what was taken back; then nothing more is sold.
            if Decimal(stands["left"]) < 0:
                assert slug(await order(one, "0.01")) == "credit-exceeded"
