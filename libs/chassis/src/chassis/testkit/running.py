"""Services in a test's own process: over ASGI, on a real MongoDB, their events carried by hand.

`service` runs one, `published` collects what was recorded, `deliver` brings it one event as the
consumer would (guard included), `carry` plays relay and broker between several.
"""

import itertools
import uuid
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self, TypeVar, get_args, get_type_hints

import httpx
import msgspec
from contracts import envelope
from contracts.envelope import BY_NAME, BY_PAYLOAD, Event
from contracts.topics import PARTITIONS
from fastapi import FastAPI

from chassis import held
from chassis.clock import Clock, rfc3339
from chassis.commits import Commits
from chassis.core import Core
from chassis.events import EVENTS_COLLECTION
from chassis.guards import read_guards
from chassis.mongo import Database, Document
from chassis.received import Message
from chassis.settings import ServiceSettings
from chassis.testkit import databases
from chassis.testkit.signing import GRANTS, JWKS, bearer

E = TypeVar("E", bound=Event)
_offsets = itertools.count()


class Client(httpx.AsyncClient):
    """An HTTP client whose posts carry an idempotency key of their own unless one is given."""

    def as_(self, staff_id: str | None, *roles: str, **claims: Any) -> Self:
        """The same service, asked by somebody else: a member of staff with these roles."""
        return type(self)(
            transport=self._transport,
            base_url=self.base_url,
            headers=bearer(staff_id, *roles, **claims),
        )

    async def request(self, method: Any, url: Any, **options: Any) -> httpx.Response:
        if method == "POST":
            given = httpx.Headers(options.get("headers"))
            given.setdefault("Idempotency-Key", uuid.uuid4().hex)
            options["headers"] = given
        return await super().request(method, url, **options)


class Running:
    """A service that runs in the test's process. `client` is an administrator's."""

    def __init__(self, app: FastAPI, client: Client) -> None:
        self.app = app
        self.client = client
        self.carried: set[str] = set()

    @property
    def core(self) -> Core:
        core: Core = self.app.state.core
        return core

    @property
    def commits(self) -> Commits:
        return self.core.commits

    @property
    def db(self) -> Database:
        return self.core.db

    def as_(self, staff_id: str | None, *roles: str, **claims: Any) -> Client:
        return self.client.as_(staff_id, *roles, **claims)


@asynccontextmanager
async def service(
    create_app: Callable[..., FastAPI],
    mongodb_uri: str,
    *,
    clock: Clock | None = None,
    database: str | None = None,
    roles: frozenset[str] = frozenset({"api"}),
    **settings: Any,
) -> AsyncIterator[Running]:
    """Run a service's own `create_app` on an empty database that nobody else uses meanwhile.

    Only its HTTP side runs by itself; `settings` are more of the service's settings.
    """
    name = create_app.__module__.partition(".")[0]
    own = None if database else await databases.taken(mongodb_uri, name)
    told = {
        "mongodb_uri": mongodb_uri,
        "kafka_bootstrap": "127.0.0.1:1",
        "database": database or own,
        "roles": roles,
        "jwks": JWKS,
        "grants": GRANTS,
        "instance": uuid.uuid4().hex[:8],
    }
    app = create_app(_settings_class(create_app)(**(told | settings)), clock=clock)
    async with app.router.lifespan_context(app):
        # The app's own context runs in the test's task, so its faults surface in the test.
        transport = httpx.ASGITransport(app)
        client = Client(
            transport=transport,
            base_url="http://test/api/v1",
            headers=bearer(None, "admin", sub="admin"),
        )
        yield Running(app, client)
    if own is not None:
        databases.given_back(mongodb_uri, name, own)


def _settings_class(create_app: Callable[..., FastAPI]) -> type[ServiceSettings]:
    hint = get_type_hints(create_app)["settings"]
    found: type[ServiceSettings] = next(
        one
        for one in (hint, *get_args(hint))
        if isinstance(one, type) and issubclass(one, ServiceSettings)
    )
    return found


class Published:
    """The events that were recorded within a block, in the order of their commits."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    @property
    def types(self) -> list[str]:
        """Names as `opportunity.stage_advanced`."""
        kinds = (BY_NAME.get(one["type"]) for one in self.documents)
        return [f"{kind.aggregate}.{kind.fact}" for kind in kinds if kind is not None]

    def payloads(self, contract: type[E]) -> list[E]:
        name = BY_PAYLOAD[contract].name
        return [
            msgspec.json.decode(one["value"], type=contract)
            for one in self.documents
            if one["type"] == name
        ]


@asynccontextmanager
async def published(db: Database) -> AsyncIterator[Published]:
    """When this was done, these events were recorded."""
    events = db[EVENTS_COLLECTION]
    before = {one["_id"] async for one in events.find({}, {"_id": 1})}
    found = Published()
    yield found
    found.documents = [one async for one in events.find() if one["_id"] not in before]


def a_message(
    payload: Event,
    *,
    subject: str,
    sequence: int,
    topic: str | None = None,
    key: str | None = None,
    recorded_at: datetime | None = None,
    occurred_at: datetime | None = None,
    owner: str | None = None,
    team: str | None = None,
    region: str | None = None,
    rights_of: str | None = None,
    origin: str | None = None,
    actor: str = "service:test",
) -> Message:
    """An event as it stands in its topic."""
    kind = BY_PAYLOAD[type(payload)]
    recorded = recorded_at or datetime.fromisoformat("2026-03-02T01:00:00Z")
    name = f"{kind.aggregate}:{subject}"
    headers = {
        envelope.CE_ID: f"{name}:{sequence}",
        envelope.CE_SOURCE: f"/tianlong/{kind.publisher}",
        envelope.CE_TYPE: kind.name,
        envelope.CE_SUBJECT: subject,
        envelope.CE_TIME: rfc3339(recorded),
        envelope.CE_SPECVERSION: envelope.SPEC_VERSION,
        envelope.CE_SEQUENCE: str(sequence),
        envelope.CE_OCCURRED_AT: rfc3339(occurred_at or recorded),
        envelope.CE_ACTOR: actor,
        envelope.CE_RIGHTS_OF: rights_of or name,
        envelope.CE_OWNER: owner,
        envelope.CE_TEAM: team,
        envelope.CE_REGION: region,
        envelope.CE_ORIGIN: origin,
        envelope.CE_LOG_EPOCH: "1",
        envelope.CONTENT_TYPE_HEADER: envelope.CONTENT_TYPE,
    }
    return _placed(
        topic or kind.topic,
        key or subject,
        msgspec.json.encode(payload),
        {header: value for header, value in headers.items() if value is not None},
    )


def _placed(topic: str, key: str, value: bytes, headers: dict[str, str]) -> Message:
    partition = zlib.crc32(key.encode()) % PARTITIONS
    return Message(topic, partition, next(_offsets), key.encode(), value, headers)


async def deliver(
    running: Running, payload: Event, *, subject: str, sequence: int | None = None, **more: Any
) -> Message:
    """Bring one event to a service as its consumer would; by default the aggregate's next one.

    Fails if a handler does. `more`: as `a_message`.
    """
    if sequence is None:
        name = f"{BY_PAYLOAD[type(payload)].aggregate}:{subject}"
        sequence = (await read_guards(running.db, [name]))[name].last + 1
    message = a_message(payload, subject=subject, sequence=sequence, **more)
    await take(running, [message])
    return message


async def take(running: Running, messages: list[Message]) -> None:
    """Bring messages to a service's consumer; fails if one of them turns out to be poison."""
    if running.core.intake is None:
        raise AssertionError(f"{running.core.name} has no consumer")
    await running.core.intake.take(messages)
    poison = await running.db[held.HELD].find_one({"state": "held", "reason": held.POISON})
    assert poison is None, f"{poison['_id']} is poison to {running.core.name}: {poison['error']}"


async def carry(*services: Running) -> int:
    """Play relay and broker: every service gets what the others (and it itself) recorded.

    Goes on until nothing new is recorded; how many events were carried.
    """
    count = 0
    while True:
        fresh = [message for source in services for message in await _uncarried(source)]
        if not fresh:
            return count
        count += len(fresh)
        for target in services:
            if target.core.intake is not None:
                followed = target.core.intake.followed
                await take(target, [one for one in fresh if one.topic in followed])


async def _uncarried(source: Running) -> list[Message]:
    """A service's events since the last time, as they would stand in its topic."""
    fresh = []
    async for event in source.db[EVENTS_COLLECTION].find({"pending": 1}):
        if event["_id"] not in source.carried:
            source.carried.add(event["_id"])
            headers = event["headers"] | {envelope.CE_LOG_EPOCH: "1"}
            fresh.append(_placed(event["topic"], event["key"], event["value"], headers))
    return fresh
