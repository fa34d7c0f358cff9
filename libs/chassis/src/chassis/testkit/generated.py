"""Requests that schemathesis makes from a service's own OpenAPI document, good ones and bad ones.

`send_generated` fails on an answer from 500 up, a refusal that is no problem document, a 400 that
names no field. The same requests in every run.

Ids, currencies and days that fit the schema by chance name nothing; so good requests take ids that
the service has told (or that the test knows), and what happens behind the first check is tried too.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from chassis.testkit.running import Client, Running

Case = Any  # schemathesis.Case of whatever it was made from
_ITEM = re.compile(r"/api/v1/(?P<collection>[a-z-]+)/(?P<id>[^/]+)$")
_PLACE = re.compile(r"\{[a-z_]+\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TODAY = date(2026, 3, 2)
# Lists first: they tell ids. What ends something comes after what needs it.
_ORDER = {"get": 0, "post": 1, "patch": 2, "put": 3, "delete": 4}


@dataclass
class Sent:
    """One request and what came of it."""

    method: str
    path: str
    options: dict[str, Any]
    status: int = 0
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.fault}: {self.method} {self.path} {self.options}"[:3000]


@dataclass
class Requests:
    """Makes the requests of one service; remembers the ids that its answers tell."""

    document: dict[str, Any]
    known: dict[str, list[str]]
    good: int
    bad: int
    chance: random.Random = field(default_factory=lambda: random.Random(1530))  # noqa: S311  # the same every time
    bodies: dict[str, list[Any]] = field(default_factory=dict)

    def made(self) -> Iterator[tuple[Case, bool]]:
        """Every operation's requests, and whether each was meant to be good."""
        schema = schemathesis.openapi.from_dict(self.document)
        operations: list[Any] = [
            found.ok()  # type: ignore[union-attr]  # ours is valid, and an error tells itself
            for found in schema.get_all_operations()
        ]
        operations.sort(key=lambda one: (one.path.count("/"), _ORDER[one.method], one.path))
        for operation in operations:
            for case in _drawn(operation, GenerationMode.POSITIVE, self.good):
                yield case, True
            for case in _drawn(operation, GenerationMode.NEGATIVE, self.bad):
                yield case, False

    def request(self, case: Case, *, is_good: bool) -> Sent:
        left_out = {"authorization"}
        if is_good:
            # The client gives a key of its own; a position that nobody told would be waited for.
            left_out |= {"idempotency-key", "tianlong-wait-for"}
        headers = {
            name: value
            for name, value in case.headers.items()
            if name.lower() not in left_out and value.isascii() and value.isprintable()
        }
        options: dict[str, Any] = {"headers": headers, "params": dict(case.query or {})}
        path = self._path(case)
        if case.media_type == "multipart/form-data":
            options["files"] = {"file": ("rows.csv", b"a,b\n1,2\n")}
        elif not isinstance(case.body, NotSet):
            body = self._body(case, path) if is_good else case.body
            options["content"] = json.dumps(body, default=str)
            headers["Content-Type"] = "application/json"
        return Sent(case.method.upper(), path, options)

    def learn(self, answer: httpx.Response) -> None:
        told = _ITEM.search(answer.headers.get("location", ""))
        if told:
            self._know(told["collection"], told["id"])
        path = answer.request.url.path
        if answer.request.method == "GET" and answer.status_code == 200:
            listed = _items(answer)
            for one in listed:
                if isinstance(one, dict) and isinstance(one.get("id"), str):
                    self._know(path.rpartition("/")[2], one["id"])

    def _know(self, collection: str, identifier: str) -> None:
        ids = self.known.setdefault(collection, [])
        if identifier not in ids:
            ids.append(identifier)

    def _path(self, case: Case) -> str:
        parts = case.path.split("/")
        given_ones = case.path_parameters or {}
        for n, part in enumerate(parts):
            if _PLACE.fullmatch(part):
                ids = self.known.get(parts[n - 1], [])
                chosen = self.chance.choice(ids) if ids else str(given_ones.get(part[1:-1], "x"))
                parts[n] = httpx.URL(path=f"/{chosen}").raw_path.decode()[1:]
        return "/".join(parts)

    def _body(self, case: Case, path: str) -> Any:
        if path.endswith("/batch"):
            kept = self.bodies.get(path.removesuffix("/batch"), [])
            return {"items": kept[:5]} if kept else case.body
        body = self._sensible("", case.body)
        self.bodies.setdefault(path, []).append(body)
        return body

    def _sensible(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._sensible(key, one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._sensible(name, one) for one in value]
        if not isinstance(value, str) or self.chance.random() < 0.1:
            return value
        if name == "currency":
            return "CNY"
        if _DAY.match(value):
            day = _TODAY + timedelta(days=self.chance.randint(-20, 40))
            return day.isoformat() + value[10:]
        if name.endswith(("_id", "_ids")):
            ids = self._ids_for(name.removesuffix("s").removesuffix("_id"))
            return self.chance.choice(ids) if ids else value
        return value

    def _ids_for(self, what: str) -> list[str]:
        dashed = what.replace("_", "-")
        for collection in (f"{dashed}s", dashed, f"{dashed[:-1]}ies"):
            if self.known.get(collection):
                return self.known[collection]
        for collection, ids in self.known.items():
            if ids and (collection.endswith(f"-{dashed}s")):
                return ids
        return self.known.get("staff", [])


async def send_generated(
    running: Running,
    *,
    known: Mapping[str, Iterable[str]] | None = None,
    good: int = 2,
    bad: int = 1,
) -> list[Sent]:
    """Send `good` and `bad` requests per operation, as an administrator; fails on any fault.

    `known` are ids of records that the service does not list, by their collection.
    """
    ids = {name: list(some) for name, some in (known or {}).items()}
    requests = Requests(running.app.openapi(), ids, good, bad)
    sent: list[Sent] = []
    for case, is_good in requests.made():
        one = requests.request(case, is_good=is_good)
        await _send(running.client, one, requests, is_good=is_good)
        sent.append(one)
    faults = [str(one) for one in sent if one.fault]
    assert not faults, "\n".join(faults)
    return sent


async def _send(client: Client, one: Sent, requests: Requests, *, is_good: bool) -> None:
    url = f"http://test{one.path}"
    if is_good and one.method == "PATCH":
        current = await client.get(url)
        one.options["headers"]["If-Match"] = current.headers.get("etag", '"1"')
    try:
        answer = await client.request(one.method, url, **one.options)
    except Exception as error:  # a fault of the service comes through to here
        one.fault = f"{type(error).__name__} {error}"
        return
    one.status = answer.status_code
    one.fault = _fault(answer)
    requests.learn(answer)


def _fault(answer: httpx.Response) -> str:
    """What is wrong with an answer; nothing, mostly."""
    status = answer.status_code
    if status < 400:
        return ""
    if status >= 500:
        return f"{status}"
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{status} is no problem document"
    problem = answer.json()
    if not str(problem.get("type", "")).startswith("/problems/") or problem["status"] != status:
        return f"{status} tells {problem}"
    if problem["type"] == "/problems/validation":
        errors = problem.get("errors")
        if not errors or not all(one.keys() >= {"pointer", "code", "message"} for one in errors):
            return f"{status} names no field: {problem}"
    return ""


def _items(answer: httpx.Response) -> list[Any]:
    try:
        body = answer.json()
    except ValueError:
        return []
    if isinstance(body, dict):
        items = body.get("items")
        return items if isinstance(items, list) else [body]
    return []


def _drawn(operation: Any, mode: GenerationMode, count: int) -> list[Case]:
    drawn: list[Case] = []
    if not count:
        return drawn

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: Case) -> None:
        drawn.append(case)

    draw()
    return drawn
