"""A small company that sells: its services in one process, its people, and what they say.

People speak the gateway's paths; which service answers is read from the gateway's own table, and
what each may do from its default matrix.
"""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import httpx
from chassis.clock import VirtualClock
from chassis.testkit import Running, service
from customers.main import create_app as create_customers
from fastapi import FastAPI
from field.main import create_app as create_field
from gateway.routes import COLLECTIONS
from pipeline.main import create_app as create_pipeline

from tests.flows.delivery import Delivery

GRANTS = json.loads((files("gateway") / "grants.json").read_text(encoding="utf-8"))
PARTS: dict[str, Callable[..., FastAPI]] = {
    "customers": create_customers,
    "pipeline": create_pipeline,
    "field": create_field,
}
HERE = {"latitude": 31.2304, "longitude": 121.4737}
Body = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    company: "Company"
    id: str | None
    roles: tuple[str, ...]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        owner = COLLECTIONS[path.strip("/").partition("/")[0].partition("?")[0]]
        running = self.company.services[owner]
        claims = {"sub": "admin"} if self.id is None else {}
        async with running.as_(self.id, *self.roles, **claims) as client:
            options: dict[str, Any] = {"headers": {"Accept-Language": "en"} | headers}
            if body is not None:
                options["json"] = body
            return await client.request(method, path, **options)

    async def get(self, path: str) -> Body:
        return _told(await self.ask("GET", path), 200)

    async def post(self, path: str, body: Any = None) -> Body:
        return _told(await self.ask("POST", path, {} if body is None else body), 200, 201)

    async def refused(self, status: int, path: str, body: Any = None) -> Body:
        """The problem that answers a post."""
        return _told(await self.ask("POST", path, {} if body is None else body), status)

    async def patch(self, path: str, body: Any) -> Body:
        version = (await self.get(path))["version"]
        headers = {"If-Match": f'"{version}"'}
        return _told(await self.ask("PATCH", path, body, **headers), 200)

    async def ids(self, path: str) -> list[str]:
        """Ids in the first page of a list."""
        return [one["id"] for one in (await self.get(path))["items"]]

    async def sees(self, path: str) -> bool:
        status = (await self.ask("GET", path)).status_code
        assert status in {200, 404}
        return status == 200


@dataclass
class Company:
    """Two teams below one region: `rep` and `colleague` of `boss`, `stranger` of `other_boss`."""

    clock: VirtualClock
    services: dict[str, Running]
    delivery: Delivery
    admin: Person = field(init=False)
    teams: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin = Person(self, None, ("admin",))

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def carry(self) -> int:
        """Everybody hears of everything."""
        return await self.delivery.carry(*self.services.values())

    async def settle(self) -> None:
        """Everybody has heard of everything, and has read the organisation anew."""
        await self.carry()
        for running in self.services.values():
            running.core.tree.forget()

    async def organise(self) -> None:
        top = await self._form("company", "Acme", None)
        region = await self._form("region", "East", top)
        self.teams = {
            "top": top,
            "first": await self._form("team", "First", region),
            "second": await self._form("team", "Second", region),
        }
        for name, role, team in (
            ("director", "director", "top"),
            ("boss", "supervisor", "first"),
            ("rep", "rep", "first"),
            ("colleague", "rep", "first"),
            ("other_boss", "supervisor", "second"),
            ("stranger", "rep", "second"),
        ):
            joined = await self.admin.post(
                "/staff",
                {
                    "name": name.replace("_", " ").title(),
                    "roles": [role],
                    "team_id": self.teams[team],
                    "joined_on": "2025-01-01",
                },
            )
            self.people[name] = Person(self, joined["id"], (role,))
        for team, leader in (("top", "director"), ("first", "boss"), ("second", "other_boss")):
            await self.admin.patch(
                f"/teams/{self.teams[team]}", {"leader_id": self.people[leader].id}
            )
        await self.settle()

    async def _form(self, kind: str, name: str, parent: str | None) -> str:
        body = {"kind": kind, "name": name, "parent_id": parent}
        return str((await self.admin.post("/teams", body))["id"])


@asynccontextmanager
async def company(
    mongodb_uri: str,
    clock: VirtualClock,
    delivery: Delivery,
    *,
    roles: frozenset[str] = frozenset({"api"}),
    **more: Callable[..., FastAPI],
) -> AsyncIterator[Company]:
    """The company with its organisation; `more` services beside the usual ones, by name."""
    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(
                service(create, mongodb_uri, clock=clock, grants=GRANTS, roles=roles)
            )
            for name, create in (PARTS | more).items()
        }
        built = Company(clock, services, delivery)
        await built.organise()
        yield built


def _told(answer: httpx.Response, *statuses: int) -> Body:
    asked = f"{answer.request.method} {answer.request.url}"
    assert answer.status_code in statuses, f"{asked}: {answer.status_code} {answer.text}"
    body: Body = answer.json()
    return body


def a_customer(**more: Any) -> Body:
    """Nobody's duplicate."""
    place = {"label": "plant", "city": "Shanghai", "position": HERE | {"datum": "WGS-84"}}
    return {"name": f"{uuid.uuid4().hex} works", "addresses": [place]} | more


def a_fix(company: Company) -> Body:
    """A fresh position at the customer's gate."""
    return {
        "position": HERE | {"datum": "WGS-84"},
        "accuracy_metres": 15,
        "measured_at": company.clock.now().isoformat(),
    }


def yuan(amount: int) -> Body:
    return {"amount": f"{amount}.00", "currency": "CNY"}
