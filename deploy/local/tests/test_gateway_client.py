"""How the command line talks to the gateway, against a server that answers as it does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tianlong.client import refusal, signed_in
from tianlong.errors import Refused
from tianlong.imports import Job, run_import

PASSWORD = "right"


class Door:
    """Answers one import, in three looks; its first token runs out at once."""

    def __init__(self) -> None:
        self.sign_ins = 0
        self.keys: list[str | None] = []
        self.waited_for: list[str | None] = []
        self.form: dict[str, Any] = {}
        self.looks = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/v1/session", self.session)
        app.router.add_post("/api/v1/imports", self.upload)
        app.router.add_get("/api/v1/imports/field-1", self.job)
        app.router.add_get("/api/v1/busy", self.busy)
        return app

    async def session(self, request: web.Request) -> web.Response:
        if (await request.json())["password"] != PASSWORD:
            return web.json_response({"title": "Wrong user name or password"}, status=401)
        self.sign_ins += 1
        return web.json_response({"access_token": f"token {self.sign_ins}"})

    def is_expired(self, request: web.Request) -> bool:
        return request.headers["Authorization"] == "Bearer token 1"

    async def upload(self, request: web.Request) -> web.Response:
        if self.is_expired(request):
            return web.json_response({"title": "Token expired"}, status=401)
        self.keys.append(request.headers.get("Idempotency-Key"))
        fields = await request.post()
        sent = fields["file"]
        assert isinstance(sent, web.FileField)
        self.form = {**fields, "file": sent.file.read(), "query": request.query["kind"]}
        return web.json_response({"id": "field-1", "status": "queued"}, status=201)

    async def job(self, _request: web.Request) -> web.Response:
        self.looks += 1
        over = self.looks == 3
        counts = {"total": 9, "processed": 3 * self.looks, "created": 9 if over else 0}
        status = "done" if over else "running"
        return web.json_response({"id": "field-1", "status": status, **counts})

    async def busy(self, request: web.Request) -> web.Response:
        self.waited_for.append(request.headers.get("Tianlong-Wait-For"))
        if len(self.waited_for) < 3:
            return web.json_response({}, status=503, headers={"Retry-After": "0.01"})
        return web.json_response({"items": []})


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def address(door: Door) -> AsyncIterator[str]:
    async with TestServer(door.app()) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_wrong_password_is_told_in_one_sentence(address: str) -> None:
    with pytest.raises(Refused, match=r"^POST /session was refused \(401\): Wrong user name"):
        async with signed_in(address, "admin", "wrong"):
            pass


async def test_a_gateway_that_is_not_there_is_told_in_one_sentence() -> None:
    with pytest.raises(Refused, match="does not answer"):
        async with signed_in("http://127.0.0.1:9", "admin", PASSWORD):
            pass


async def test_an_import_is_watched_until_it_is_through(address: str, door: Door) -> None:
    moves: list[tuple[int, int]] = []
    async with signed_in(address, "admin", PASSWORD) as gateway:
        job = await run_import(
            gateway,
            "staff",
            "staff.csv",
            b"name\nA\n",
            mapping="mine",
            progress=lambda done, total: moves.append((done, total)),
        )
    assert job.created == 9
    assert moves == [(3, 9), (6, 9), (9, 9)]
    assert door.sign_ins == 2, "an expired token is replaced, and the request sent again"
    assert door.keys[0]
    assert door.form["query"] == door.form["kind"] == "staff"
    assert door.form["mapping"] == "mine"
    assert door.form["file"] == b"name\nA\n"


async def test_a_reader_that_has_not_seen_a_write_is_asked_again(address: str, door: Door) -> None:
    async with signed_in(address, "admin", PASSWORD) as gateway:
        await gateway.get("/busy", wait_for=[f"staff:{number}:1" for number in range(501)])
    assert len(door.waited_for) == 3
    positions = (door.waited_for[0] or "").split(",")
    assert len(positions) == 500
    assert positions[-1] == "staff:500:1"


def test_a_problem_document_becomes_one_sentence() -> None:
    problem = {
        "title": "Not valid",
        "detail": "One field is wrong.",
        "errors": [{"pointer": "/kind", "code": "unknown-kind", "message": "is one of staff"}],
    }
    assert refusal("POST", "/imports", 400, problem) == (
        "POST /imports was refused (400): Not valid; One field is wrong.; /kind: is one of staff"
    )


def test_an_imports_result_is_told_in_words() -> None:
    job = Job("field-1", "done", created=3, failed=1)
    assert job.sentence("staff") == "staff: 3 new, 1 failed"
    assert Job("field-1", "done").sentence("staff") == "staff: nothing in it"
