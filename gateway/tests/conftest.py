"""The gateway in the test's process: asked over ASGI, or over a socket where bytes matter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from argon2.profiles import CHEAPEST
from chassis.clock import Clock, SystemClock
from chassis.core import Core
from chassis.testkit.running import Client
from fastapi import FastAPI
from gateway.main import Settings, create_app
from starlette.types import ASGIApp

ADMIN_PASSWORD = "correct horse battery staple"


class QuietServer(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(app: ASGIApp, lifespan: Any = "auto") -> AsyncIterator[str]:
    """Serve an application on a free port; its address."""
    config = uvicorn.Config(
        app, port=0, log_config=None, ws="none", lifespan=lifespan, timeout_graceful_shutdown=2
    )
    server = QuietServer(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            assert not task.done(), "the server ended while starting"
            await asyncio.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class Gateway:
    """A gateway and how to ask it. `client` carries no token."""

    app: FastAPI
    client: Client

    @property
    def core(self) -> Core:
        core: Core = self.app.state.core
        return core

    async def sign_in(
        self, username: str = "admin", password: str = ADMIN_PASSWORD
    ) -> dict[str, Any]:
        answer = await self.client.post(
            "/session", json={"username": username, "password": password}
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def as_(self, username: str = "admin", password: str = ADMIN_PASSWORD) -> Client:
        """A client that is signed in."""
        tokens = await self.sign_in(username, password)
        return self.bearing(tokens["access_token"])

    def bearing(self, token: str) -> Client:
        """A client with this token."""
        return Client(
            transport=self.client._transport,
            base_url=self.client.base_url,
            headers={"Authorization": f"Bearer {token}"},
        )

    async def open_account(self, username: str, *roles: str, staff_id: str | None = None) -> None:
        """An account with the administrator's password."""
        if staff_id is not None:
            await self.core.db["staff_copy"].update_one(
                {"_id": staff_id},
                {"$setOnInsert": {"name": username, "team_id": None, "is_active": True}},
                upsert=True,
            )
        admin = await self.as_()
        answer = await admin.post(
            "/accounts",
            json={
                "username": username,
                "password": ADMIN_PASSWORD,
                "roles": list(roles),
                "staff_id": staff_id,
            },
        )
        assert answer.status_code == 201, answer.text


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    """Return once it holds; fail if it does not within `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


Listening = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(name="listening")
def _listening() -> "Listening":
    return listening


@pytest.fixture(name="until")
def _until() -> "Until":
    return until


Until = Callable[..., Awaitable[None]]
RunGateway = Callable[..., AbstractAsyncContextManager[Gateway]]


@pytest.fixture
def run_gateway(mongodb_uri: str, database_name: str) -> RunGateway:
    """Start one on a database of its own; `settings` are more settings of it."""

    @asynccontextmanager
    async def run(clock: Clock | None = None, **settings: Any) -> AsyncIterator[Gateway]:
        told = {
            "mongodb_uri": mongodb_uri,
            "database": database_name,
            "kafka_bootstrap": "127.0.0.1:1",
            "roles": frozenset({"api"}),
            "admin_password": ADMIN_PASSWORD,
            "revocation_seconds": 0.05,
            "key_poll_seconds": 0.05,
            "upstreams": {},
        }
        app = create_app(
            Settings(**(told | settings)), clock=clock or SystemClock(), password_cost=CHEAPEST
        )
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
            yield Gateway(app, Client(transport=transport, base_url="http://gateway/api/v1"))

    return run


@pytest.fixture
async def gateway(run_gateway: RunGateway) -> AsyncIterator[Gateway]:
    async with run_gateway() as running:
        yield running
