"""Views: gathered in parallel; what fails is missing, and the rest is there."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from gateway.views import APPROVALS_INBOX, CUSTOMER_360, REP_TODAY
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from conftest import Gateway, Listening, RunGateway

PARTS = {name for names in CUSTOMER_360.values() for name in names}
AWAY = "http://127.0.0.1:9"


@dataclass
class Behind:
    """One service: what it says of each of its parts."""

    parts: dict[str, dict[str, Any]]
    status: int = 200
    body: bytes | None = None
    holds: asyncio.Event | None = None
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.asked.append(Request(scope, receive))
        if self.holds is not None:
            await self.holds.wait()
        body = self.body if self.body is not None else json.dumps(self.parts).encode()
        await Response(body, self.status, media_type="application/json")(scope, receive, send)


Services = dict[str, Behind]


@pytest.fixture
def services() -> Services:
    """Four services that know every part of every view."""

    def knowing(*names: str) -> Behind:
        return Behind(
            {name: {"status": 200, "body": {"items": [], "from": name}} for name in names}
        )

    return {
        service: knowing(
            *CUSTOMER_360[service],
            *REP_TODAY.get(service, ()),
            *APPROVALS_INBOX.get(service, ()),
        )
        for service in CUSTOMER_360
    }


@pytest.fixture
async def gateway(
    run_gateway: RunGateway, listening: Listening, services: Services
) -> AsyncIterator[Gateway]:
    async with (
        listening(services["customers"]) as customers,
        listening(services["pipeline"]) as pipeline,
        listening(services["insights"]) as insights,
        # Long enough for a busy machine; who tests the deadline asks for a shorter one.
        run_gateway(
            upstreams={
                "customers": customers,
                "pipeline": pipeline,
                "insights": insights,
                "field": AWAY,
            },
            view_part_seconds=20,
        ) as running,
    ):
        await running.open_account("rep", "rep", staff_id="staff-1")
        yield running


async def test_every_part_says_whether_it_is_there(gateway: Gateway, services: Services) -> None:
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
    for service in ("customers", "pipeline", "insights"):
        [asked] = services[service].asked
        assert asked.url.path == "/api/v1/views/customer-360/c-1"
        assert asked.headers["authorization"].startswith("Bearer ")


async def test_a_hanging_service_is_missing_within_the_deadline(
    run_gateway: RunGateway, listening: Listening, services: Services
) -> None:
    services["pipeline"].holds = asyncio.Event()
    async with (
        listening(services["pipeline"]) as hanging,
        listening(services["customers"]) as quick,
        run_gateway(
            upstreams={"customers": quick, "pipeline": hanging}, view_part_seconds=1
        ) as gateway,
    ):
        await gateway.open_account("rep", "rep", staff_id="staff-1")
        rep = await gateway.as_("rep")
        started = time.monotonic()
        view = (await rep.get("/views/customer-360/c-1")).json()
        assert time.monotonic() - started < 5
        assert view["orders"]["status"] == "missing"
        assert view["customer"]["status"] == "ok"
        services["pipeline"].holds.set()


async def test_a_part_that_fails_is_missing_and_the_rest_is_served(
    gateway: Gateway, services: Services
) -> None:
    services["insights"].parts["alerts"] = {"status": 403, "body": None}
    services["insights"].parts["tier"] = {"status": 404, "body": None}
    services["pipeline"].parts["payments"] = {"status": 500, "body": None}
    services["pipeline"].parts["orders"] = {"status": 504, "body": None}
    view = (await (await gateway.as_("rep")).get("/views/customer-360/c-1")).json()
    assert view["alerts"]["reason"] == "forbidden"
    assert view["payments"]["reason"] == "failed"
    assert view["orders"]["reason"] == "late"
    assert (view["tier"]["status"], view["tier"]["data"]) == ("ok", None), "not ranked yet"
    assert view["customer"]["status"] == "ok"


@pytest.mark.parametrize(("status", "body"), [(500, b"x"), (200, b"x"), (200, b"[]"), (404, b"{}")])
async def test_a_service_that_talks_nonsense_is_missing(
    gateway: Gateway, services: Services, status: int, body: bytes
) -> None:
    services["pipeline"].status, services["pipeline"].body = status, body
    view = (await (await gateway.as_("rep")).get("/views/customer-360/c-1")).json()
    assert view["orders"]["status"] == "missing"
    assert view["alerts"]["status"] == "ok"


async def test_a_customer_one_may_not_see_has_no_view(gateway: Gateway, services: Services) -> None:
    rep = await gateway.as_("rep")
    for status in (404, 403, 401):
        services["customers"].parts["customer"] = {"status": status, "body": None}
        assert (await rep.get("/views/customer-360/c-1")).status_code == status
    services["customers"].status = 401
    assert (await rep.get("/views/customer-360/c-1")).status_code == 401
    assert (await rep.get("/views/customer-360/c%2F1")).status_code == 404


async def test_the_day_of_a_rep_is_for_members_of_staff(
    gateway: Gateway, services: Services
) -> None:
    services["insights"].parts["kpis"]["body"] = {"as_of": "2026-03-02T01:00:00.000Z", "rows": []}
    services["insights"].body = json.dumps(
        services["insights"].parts, separators=(",", ":")
    ).encode()
    view = (await (await gateway.as_("rep")).get("/views/rep-today")).json()
    assert set(view) == {"visit_plans", "visits", "follow_ups", "alerts", "kpis"}
    assert view["kpis"]["as_of"] == "2026-03-02T01:00:00.000Z"
    assert view["follow_ups"]["status"] == "ok"
    assert view["visits"]["status"] == "missing"
    assert (await (await gateway.as_()).get("/views/rep-today")).status_code == 403


async def test_only_insights_is_told_to_wait_and_only_for_what_it_follows(
    gateway: Gateway, services: Services
) -> None:
    positions = "opportunity:1:2,visit:3:4,order:5:6"
    rep = await gateway.as_("rep")
    await rep.get("/views/customer-360/c-1", headers={"Tianlong-Wait-For": positions})
    waited = {
        name: service.asked[0].headers.get("tianlong-wait-for")
        for name, service in services.items()
        if service.asked
    }
    assert waited == {
        "customers": None,
        "pipeline": None,
        "insights": "opportunity:1:2,order:5:6",
    }


async def test_one_inbox_shows_what_waits_in_every_service(
    gateway: Gateway, services: Services
) -> None:
    told = {"items": [{"kind": "quote"}], "count": 1}
    services["pipeline"].parts["papers"] = {"status": 200, "body": told}
    view = (await (await gateway.as_("rep")).get("/views/approvals-inbox")).json()
    assert set(view) == {"papers", "visit_plans"}
    assert view["papers"]["data"] == told
    assert view["visit_plans"]["status"] == "missing", "field is away"
    assert not services["customers"].asked


async def test_an_account_that_is_nobody_s_has_no_inbox(gateway: Gateway) -> None:
    await gateway.open_account("machine", "integrator")
    assert (await (await gateway.as_("machine")).get("/views/approvals-inbox")).status_code == 403
