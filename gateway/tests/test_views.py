"""Views: gathered in parallel; what fails is missing, and the rest is there."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from chassis.bundle import Bundle
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from conftest import Gateway, Listening, RunGateway

PARTS = {
    "customer",
    "contacts",
    "opportunities",
    "follow_ups",
    "orders",
    "payments",
    "visits",
    "tier",
    "alerts",
}


@dataclass
class Behind:
    """All four services in one: what each path answers, and what was asked for."""

    status: dict[str, int] = field(default_factory=dict)
    body: dict[str, bytes] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.asked.append(request)
        word = scope["path"].split("/")[3]
        if word in self.held:
            await self.held[word].wait()
        body = self.body.get(word, b'{"items":[],"from":"%s"}' % word.encode())
        answer = Response(body, self.status.get(word, 200), media_type="application/json")
        await answer(scope, receive, send)

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def gateway(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> AsyncIterator[Gateway]:
    async with (
        listening(Bundle(behind)) as address,
        # Long enough for a busy machine; who tests the deadline asks for a shorter one.
        run_gateway(upstreams=everywhere_but_field(address), view_part_seconds=20) as running,
    ):
        await running.open_account("rep", "rep", staff_id="staff-1")
        yield running


def everywhere_but_field(address: str) -> dict[str, str]:
    services = dict.fromkeys(("customers", "pipeline", "insights"), address)
    return services | {"field": "http://127.0.0.1:9"}


async def test_every_part_says_whether_it_is_there(gateway: Gateway, behind: Behind) -> None:
    rep = await gateway.as_("rep")
    view = (await rep.get("/views/customer-360/c-1")).json()
    assert set(view) == PARTS
    for name in PARTS - {"visits"}:
        assert view[name]["status"] == "ok"
        assert view[name]["as_of"]
    assert view["orders"]["data"] == {"items": [], "from": "orders"}
    assert view["visits"] == {
        "status": "missing",
        "as_of": None,
        "data": None,
        "reason": "unavailable",
    }
    contacts = next(one for one in behind.asked if one.url.path == "/api/v1/contacts")
    assert contacts.query_params["customer_id"] == "c-1"
    assert contacts.headers["authorization"].startswith("Bearer ")


async def test_a_hanging_part_is_missing_within_the_deadline(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> None:
    behind.held["orders"] = asyncio.Event()
    async with (
        listening(Bundle(behind)) as address,
        run_gateway(upstreams=everywhere_but_field(address), view_part_seconds=1.5) as gateway,
    ):
        await gateway.open_account("rep", "rep", staff_id="staff-1")
        rep = await gateway.as_("rep")
        started = time.monotonic()
        view = (await rep.get("/views/customer-360/c-1")).json()
        assert time.monotonic() - started < 5
        assert (view["orders"]["status"], view["orders"]["reason"]) == ("missing", "late")
        assert view["payments"]["status"] == "ok"
        behind.held["orders"].set()


async def test_a_forbidden_part_is_missing_and_the_rest_is_served(
    gateway: Gateway, behind: Behind
) -> None:
    behind.status |= {"alerts": 403, "tiers": 404, "payments": 500}
    view = (await (await gateway.as_("rep")).get("/views/customer-360/c-1")).json()
    assert view["alerts"]["reason"] == "forbidden"
    assert view["payments"]["reason"] == "failed"
    assert (view["tier"]["status"], view["tier"]["data"]) == ("ok", None), "not ranked yet"
    assert view["customer"]["status"] == "ok"


async def test_a_customer_one_may_not_see_has_no_view(gateway: Gateway, behind: Behind) -> None:
    behind.status["customers"] = 404
    rep = await gateway.as_("rep")
    assert (await rep.get("/views/customer-360/c-1")).status_code == 404
    assert (await rep.get("/views/customer-360/c%2F1")).status_code == 404
    behind.status["customers"] = 401
    assert (await rep.get("/views/customer-360/c-1")).status_code == 401


async def test_the_day_of_a_rep_asks_for_their_own(gateway: Gateway, behind: Behind) -> None:
    behind.body["kpis"] = b'{"as_of":"2026-03-02T01:00:00.000Z","rows":[]}'
    view = (await (await gateway.as_("rep")).get("/views/rep-today")).json()
    assert set(view) == {"visit_plans", "visits", "follow_ups", "alerts", "kpis"}
    assert view["kpis"]["as_of"] == "2026-03-02T01:00:00.000Z"
    follow_ups = next(one for one in behind.asked if one.url.path == "/api/v1/follow-ups")
    assert follow_ups.query_params["owner_id"] == "staff-1"
    assert (await (await gateway.as_()).get("/views/rep-today")).status_code == 403


async def test_only_insights_is_told_to_wait_and_only_for_what_it_follows(
    gateway: Gateway, behind: Behind
) -> None:
    positions = "opportunity:1:2,visit:3:4,order:5:6"
    rep = await gateway.as_("rep")
    await rep.get("/views/customer-360/c-1", headers={"Tianlong-Wait-For": positions})
    for request in behind.asked:
        waited = request.headers.get("tianlong-wait-for")
        is_insights = request.url.path.split("/")[3] in {"tiers", "alerts"}
        assert waited == ("opportunity:1:2,order:5:6" if is_insights else None)


async def test_a_bundle_is_no_way_around_the_bundle(behind: Behind, listening: Listening) -> None:
    import aiohttp

    async with listening(Bundle(behind)) as address, aiohttp.ClientSession(address) as session:
        for query in ("", "part=/api/v1/bundle", "part=/health/live", "part=x" * 30):
            async with session.get(f"/api/v1/bundle?{query}") as answer:
                assert answer.status == 400
        many: list[tuple[str, Any]] = [("part", "/api/v1/orders")] * 21
        async with session.get("/api/v1/bundle", params=many) as answer:
            assert answer.status == 400
        asked = {"part": "/api/v1/orders?x=1", "seconds": "nan"}
        async with session.get("/api/v1/bundle", params=asked) as answer:
            [part] = json.loads(await answer.text())
            assert part["status"] == 200
    assert behind.paths() == ["/api/v1/orders"]
