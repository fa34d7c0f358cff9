"""What is handed on, what is not, and what happens when nobody answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from conftest import Gateway, Listening, RunGateway


@dataclass
class Behind:
    """A service as the gateway sees it: notes what it was asked, answers as told."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    answer: Response | None = None
    holds: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            self.seen.append({"cut": True})
            return
        self.seen.append(
            {
                "method": request.method,
                "path": scope["raw_path"].decode(),
                "query": scope["query_string"].decode(),
                "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
                "size": len(body),
                "body": body if len(body) < 1_000 else b"",
            }
        )
        if self.holds is not None:
            await self.holds.wait()
        answer = self.answer or Response(b'{"ok":true}', media_type="application/json")
        await answer(scope, receive, send)

    @property
    def last(self) -> dict[str, Any]:
        return self.seen[-1]

    def header(self, name: str) -> list[str]:
        return [value for found, value in self.last["headers"] if found == name]


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def gateway(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> AsyncIterator[Gateway]:
    async with (
        listening(behind) as address,
        run_gateway(upstreams=everywhere(address)) as running,
    ):
        yield running


def everywhere(address: str) -> dict[str, str]:
    return dict.fromkeys(("customers", "pipeline", "field", "insights"), address)


@asynccontextmanager
async def a_socket(gateway: Gateway, listening: Listening) -> AsyncIterator[aiohttp.ClientSession]:
    """A signed-in client over a real connection."""
    token = (await gateway.sign_in())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        listening(gateway.app, lifespan="off") as address,
        aiohttp.ClientSession(address, headers=headers) as session,
    ):
        yield session


async def test_a_request_is_handed_on_as_it_came(gateway: Gateway, behind: Behind) -> None:
    admin = await gateway.as_()
    answer = await admin.post(
        "/opportunities/1/advance?x=%E5%A4%A9&y=",
        content=b'{"a": 1}',
        headers={"Idempotency-Key": "k1", "If-Match": '"3"', "Tianlong-Wait-For": "customer:1:2"},
    )
    assert answer.json() == {"ok": True}
    assert behind.last["path"] == "/api/v1/opportunities/1/advance"
    assert behind.last["query"] == "x=%E5%A4%A9&y="
    assert behind.last["body"] == b'{"a": 1}'
    assert behind.header("idempotency-key") == ["k1"]
    assert behind.header("if-match") == ['"3"']
    assert behind.header("tianlong-wait-for") == ["customer:1:2"]
    assert behind.header("authorization")[0].startswith("Bearer ey")
    assert len(behind.header("x-request-id")) == 1
    assert len(behind.header("traceparent")) == 1


async def test_the_answer_comes_back_as_it_was_given(gateway: Gateway, behind: Behind) -> None:
    behind.answer = Response(
        b"{}",
        status_code=201,
        headers={
            "ETag": '"1"',
            "Location": "/api/v1/orders/9",
            "Tianlong-Position": "order:9:1",
            "Set-Cookie": "a=b",
            "Connection": "x-secret",
        },
    )
    answer = await (await gateway.as_()).post("/orders", json={})
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == "/api/v1/orders/9"
    assert answer.headers["Tianlong-Position"] == "order:9:1"
    assert "set-cookie" not in answer.headers
    assert "connection" not in answer.headers
    assert answer.headers["RateLimit-Limit"] == "1000"


async def test_anybody_may_fill_in_a_public_form_and_does_so_as_nobody(
    gateway: Gateway, behind: Behind
) -> None:
    path = "/lead-forms/f-1/submissions"
    forged = {"X-Forwarded-For": "198.51.100.1", "Authorization": "Bearer nonsense"}
    answer = await gateway.bearing("").post(path, json={"company": "x"}, headers=forged)
    assert answer.status_code == 200
    assert behind.header("authorization") == []
    [address] = behind.header("x-forwarded-for")
    assert address != "198.51.100.1"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/lead-forms/f-1/submissions"),
        ("POST", "/lead-forms/f-1/close"),
        ("POST", "/lead-forms"),
        ("POST", "/lead-forms/f-1/submissions/x"),
        ("POST", "/lead-forms/../customers/submissions"),
    ],
)
async def test_beside_public_forms_nothing_is_public(
    gateway: Gateway, behind: Behind, method: str, path: str
) -> None:
    answer = await gateway.bearing("").request(method, path)
    assert answer.status_code == 401
    assert behind.seen == []


async def test_nothing_is_handed_on_without_a_valid_token(gateway: Gateway, behind: Behind) -> None:
    for token in ("", "nonsense", "a.b.c"):
        answer = await gateway.bearing(token).get("/customers")
        assert answer.status_code == 401
    assert behind.seen == []


async def test_headers_of_the_connection_stay_behind(
    gateway: Gateway, behind: Behind, listening: Listening
) -> None:
    async with a_socket(gateway, listening) as session:
        smuggled = {
            "Connection": "keep-alive, X-Hop, Authorization, Idempotency-Key",
            "X-Hop": "1",
            "Idempotency-Key": "k",
            "TE": "trailers",
            "X-Forwarded-For": "1.2.3.4",
            "Cookie": "tianlong_access=x",
        }
        async with session.get("/api/v1/customers", headers=smuggled) as answer:
            assert answer.status == 200
    for gone in ("x-hop", "te", "x-forwarded-for", "cookie", "upgrade"):
        assert behind.header(gone) == []
    assert behind.header("authorization"), "what decides may not be dropped by the client's word"
    assert behind.header("idempotency-key") == ["k"]


async def test_two_tokens_in_one_request_are_none(gateway: Gateway, behind: Behind) -> None:
    token = (await gateway.sign_in())["access_token"]
    answer = await gateway.client.get(
        "/customers",
        headers=[("Authorization", f"Bearer {token}"), ("Authorization", "Bearer other")],
    )
    assert answer.status_code == 401
    assert behind.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "/customers/../operations/status",
        "/customers/%2e%2e/operations",
        "/customers/..%2foperations",
        "/customers//1",
        "/customers/1%00",
        "/customers/1%0d%0aX: y",
        "/customers/a%5cb",
        "/customers/%252e%252e",
        "/nothing",
        "/operations/nobody/status",
        "/imports/nobody-1",
        "/files/nobody-1",
        "/files?record=nothing:1",
    ],
)
async def test_a_path_that_could_be_read_in_two_ways_goes_nowhere(
    gateway: Gateway, behind: Behind, listening: Listening, path: str
) -> None:
    from yarl import URL

    async with a_socket(gateway, listening) as session:
        # Encoded already, and on purpose strangely.
        base = str(session._base_url).rstrip("/")
        async with session.get(URL(f"{base}/api/v1{path}", encoded=True)) as answer:
            assert answer.status in {400, 404}
    assert behind.seen == []


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/imports?kind=staff", "/api/v1/imports"),
        ("/imports/field-1/errors", "/api/v1/imports/field-1/errors"),
        ("/operations/pipeline/dead-letters/a:1:2", "/api/v1/operations/dead-letters/a:1:2"),
        ("/import-mappings?kind=opportunities", "/api/v1/import-mappings"),
        ("/files?record=opportunity:1", "/api/v1/files"),
        ("/files/pipeline-1", "/api/v1/files/pipeline-1"),
    ],
)
async def test_imports_files_and_operations_find_their_service(
    gateway: Gateway, behind: Behind, asked: str, path: str
) -> None:
    assert (await (await gateway.as_()).get(asked)).status_code == 200
    assert behind.last["path"] == path


async def test_an_import_says_what_kind_it_is(gateway: Gateway) -> None:
    refused = await (await gateway.as_()).post("/imports", content=b"x")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/kind"


async def test_a_dead_service_is_told_and_the_others_go_on(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> None:
    async with listening(behind) as address:
        addresses = everywhere(address) | {"pipeline": "http://127.0.0.1:9"}
        async with run_gateway(upstreams=addresses) as gateway:
            admin = await gateway.as_()
            dead = await admin.get("/opportunities", headers={"Accept-Language": "en"})
            assert dead.status_code == 503
            assert dead.headers["content-type"] == "application/problem+json"
            assert dead.json()["type"] == "/problems/unavailable"
            assert "pipeline" in dead.json()["detail"]
            assert int(dead.headers["Retry-After"]) >= 1
            assert (await admin.get("/customers")).status_code == 200


async def test_a_late_service_is_not_waited_for(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> None:
    behind.holds = asyncio.Event()
    async with (
        listening(behind) as address,
        run_gateway(upstreams=everywhere(address), upstream_seconds=0.2) as gateway,
    ):
        admin = await gateway.as_()
        started = time.monotonic()
        late = await admin.post("/orders", json={}, headers={"Accept-Language": "en"})
        assert late.status_code == 503
        assert time.monotonic() - started < 2
        assert "same Idempotency-Key" in late.json()["detail"]
        behind.holds.set()


async def test_over_its_limit_a_service_is_spared(
    run_gateway: RunGateway, listening: Listening, behind: Behind, until: Any
) -> None:
    behind.holds = asyncio.Event()
    async with (
        listening(behind) as address,
        run_gateway(upstreams=everywhere(address), upstream_connections=2) as gateway,
    ):
        admin = await gateway.as_()
        held = [asyncio.create_task(admin.get("/customers")) for _ in range(2)]

        async def both_wait() -> bool:
            return len(behind.seen) == 2

        await until(both_wait)
        spared = await admin.get("/customers")
        assert spared.status_code == 503
        assert spared.headers["Retry-After"] == "1"
        behind.holds.set()
        assert [answer.status_code for answer in await asyncio.gather(*held)] == [200, 200]


async def test_large_bodies_pass_through_piece_by_piece(
    gateway: Gateway, behind: Behind, listening: Listening
) -> None:
    piece = b"x" * 65_536

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield piece

    behind.answer = StreamingResponse(iter([piece] * 64), media_type="text/csv")
    async with (
        a_socket(gateway, listening) as session,
        session.post(
            "/api/v1/imports?kind=staff", data=pieces(), headers={"Idempotency-Key": "k"}
        ) as answer,
    ):
        assert answer.status == 200
        assert len(await answer.read()) == 64 * 65_536
    assert behind.last["size"] == 64 * 65_536


async def test_a_body_over_the_bound_is_refused(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 10_000

    async with (
        listening(behind) as address,
        run_gateway(
            upstreams=everywhere(address), largest_body=300_000, largest_upload=300_000
        ) as gateway,
        a_socket(gateway, listening) as session,
    ):
        key = {"Idempotency-Key": "k"}
        for body in (b"x" * 300_001, pieces()):
            async with session.post("/api/v1/orders", data=body, headers=key) as answer:
                assert answer.status == 413
                assert (await answer.json(content_type=None))["type"] == "/problems/too-large"


async def test_a_caller_who_asks_too_much_is_told_when_to_come_back(
    run_gateway: RunGateway, listening: Listening, behind: Behind
) -> None:
    async with (
        listening(behind) as address,
        run_gateway(upstreams=everywhere(address), rate_per_second=0.5, rate_burst=3) as gateway,
    ):
        admin = await gateway.as_()
        answers = [await admin.get("/customers") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[3].headers["Retry-After"] == "2"
        assert answers[3].json()["type"] == "/problems/rate-limited"


async def test_a_connection_that_was_just_closed_costs_nobody_anything(
    gateway: Gateway, behind: Behind
) -> None:
    """The service closes idle connections; what the pool does not know yet is said again."""
    admin = await gateway.as_()
    assert (await admin.post("/orders", json={})).status_code == 200
    [upstream] = {
        id(one): one for one in gateway.app.state.upstreams._all.values() if one.name == "pipeline"
    }.values()
    for connections in upstream.session.connector._conns.values():
        for protocol, _ in connections:
            protocol.transport.abort()
    assert (await admin.post("/orders", json={})).status_code == 200


async def test_refusals_are_told_in_the_callers_language(gateway: Gateway) -> None:
    chinese = await gateway.client.get("/customers", headers={"Accept-Language": "zh-CN"})
    english = await gateway.client.get("/customers", headers={"Accept-Language": "en"})
    assert chinese.json()["title"] != english.json()["title"]
    assert json.loads(english.content)["title"] == "Sign in first"
