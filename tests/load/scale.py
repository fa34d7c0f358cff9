"""Lists, board, funnel and search at ten thousand and at a million deals, side by side.

One service process for each size, on one MongoDB; the same requests, drawn once, go to both in
turns, so that whatever else the machine does meets both alike. The aim: a page and the sums of the
funnel take at most twice as long at a million, whoever asks; a search stays under 500 ms.
"""

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec
from chassis.testkit.signing import GRANTS, JWKS, bearer
from tianlong import backends

from tests.load.client import Connection, expecting
from tests.load.figures import Figure
from tests.load.generated import REGIONS, REPS_EACH, TEAMS_EACH, generate

SMALL = 10_000
EACH = 120
WARM_UP = 30
RATIO, SEARCH_SECONDS = 2.0, 0.5
ORDERS = ("-amount", "expected_close_on", "-expected_close_on", "-progressed_at")
GROUPINGS = ("owner", "team", "region", "product_line", "template", "month")
QUERIES = ("华信", "huaxin", "hxdz", "数据中心", "上海中科 维保", "jiqun", "gtx 7", "项目", "zzz")
LEVELS = {"rep": "shared", "member": "team", "manager": "below", "director": "all"}


@dataclass(frozen=True)
class Asking:
    """One request of somebody's; `kind` is the figure it counts for."""

    kind: str
    role: str
    staff_id: str
    path: str


def drawn_requests(kind: str, count: int) -> list[Asking]:
    """The same ones at every run: every role in turn, dimensions and orders at random."""
    drawn = random.Random(kind)
    roles = list(LEVELS)
    return [
        Asking(kind, role, _somebody(role, drawn), PATHS[kind](drawn))
        for role in (roles[number % len(roles)] for number in range(count))
    ]


def _somebody(role: str, drawn: random.Random) -> str:
    region, team = drawn.randrange(len(REGIONS)), drawn.randrange(TEAMS_EACH)
    people = {"director": "director", "manager": f"manager-{region}"}
    return people.get(role) or f"rep-{region}-{team}-{drawn.randrange(REPS_EACH)}"


def _page(drawn: random.Random) -> str:
    asked = {"sort": drawn.choice(ORDERS)}
    ways: list[dict[str, str]] = [
        {},
        {"status": "open"},
        {"status": "open", "template": "standard", "stage": str(drawn.randint(1, 5))},
        {"product_line": f"系列{drawn.randrange(3)}"},
        {"month": f"2026-{drawn.randint(3, 12):02}"},
        {"region": drawn.choice(REGIONS)},
        {"template": "project"},
    ]
    return "/api/v1/opportunities?" + urlencode(asked | drawn.choice(ways))


def _funnel(drawn: random.Random) -> str:
    return f"/api/v1/funnel?group_by={drawn.choice(GROUPINGS)}"


def _board(drawn: random.Random) -> str:
    return f"/api/v1/opportunities/board?sort={drawn.choice(ORDERS)}"


def _search(drawn: random.Random) -> str:
    return f"/api/v1/opportunities?q={quote(drawn.choice(QUERIES))}&sort={drawn.choice(ORDERS)}"


def _filter(drawn: random.Random) -> str:
    ways = (
        "intent:eq:strong",
        "amount:gte:5000000",
        "forecast_call:eq:commit",
        "expected_close_on:lt:2026-04-01",
        "progressed_at:lt:2025-06-01T00:00:00Z",
    )
    chosen = [("where", way) for way in drawn.sample(ways, 2)]
    return "/api/v1/opportunities?" + urlencode([*chosen, ("sort", drawn.choice(ORDERS))])


PATHS: dict[str, Callable[[random.Random], str]] = {
    "page": _page,
    "funnel": _funnel,
    "board": _board,
    "search": _search,
    "filter": _filter,
}


class Service:
    """One process of the pipeline, only its HTTP side, on a database of a given size."""

    def __init__(self, mongodb: str, database: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        grants = GRANTS | {"member": {"*:*": "team"}}
        told = {
            "MONGODB_URI": mongodb,
            "DATABASE": database,
            "PORT": str(self.port),
            "ROLES": "api",
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "JWKS": msgspec.json.encode(JWKS).decode(),
            "GRANTS": msgspec.json.encode(grants).decode(),
            "LOG_LEVEL": "ERROR",
        }
        environment = os.environ | {f"TIANLONG_{name}": value for name, value in told.items()}
        self._process = subprocess.Popen([sys.executable, "-m", "pipeline"], env=environment)
        self._connection = Connection(self.address, {})
        self._bearers: dict[tuple[str, str], str] = {}

    async def ready(self) -> None:
        async with asyncio.timeout(60):
            while True:
                connection = Connection(self.address, {})
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    status, _ = await connection.request("GET", "/health/live")
                    if status == 200:
                        connection.close()
                        return
                await asyncio.sleep(0.1)

    async def ask(self, one: Asking) -> tuple[float, bytes]:
        who = (one.role, one.staff_id)
        if who not in self._bearers:
            told = bearer(one.staff_id, one.role)
            self._bearers[who] = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        began = time.perf_counter()
        try:
            answer = await self._answer(one.path, self._bearers[who])
        except (asyncio.IncompleteReadError, ConnectionError):
            # Idle for too long while the other service was asked: closed by the server.
            self._connection.close()
            self._connection = Connection(self.address, {})
            began = time.perf_counter()
            answer = await self._answer(one.path, self._bearers[who])
        return time.perf_counter() - began, answer

    async def _answer(self, path: str, headers: str) -> bytes:
        return await expecting(self._connection, 200, "GET", path, headers=headers)

    def stop(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait(20)


Times = dict[str, list[float]]


async def measured(services: list[Service], kind: str, each: int) -> list[Times]:
    """Seconds of each request by role, for each service; asked in turns."""
    times: list[Times] = [defaultdict(list) for _ in services]
    for number, one in enumerate(drawn_requests(kind, WARM_UP + each * len(LEVELS))):
        for place, service in enumerate(services):
            seconds, _ = await service.ask(one)
            if number >= WARM_UP:
                times[place][one.role].append(seconds)
    return times


def _percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _whole(times: Times) -> list[float]:
    return [one for each in times.values() for one in each]


def _figure(kind: str, many: int, small: Times, large: Times) -> Figure:
    slow, quick = _percentile(_whole(large), 0.99), _percentile(_whole(small), 0.99)
    roles = ", ".join(
        f"{LEVELS[role]} {_percentile(large[role], 0.99) * 1000:.0f}" for role in LEVELS
    )
    is_search = kind in ("search", "filter")
    return Figure(
        f"{kind} at {many:,} opportunities, p99",
        f"{slow * 1000:.0f} ms ({roles}; p50 {_percentile(_whole(large), 0.5) * 1000:.0f})",
        f"{quick * 1000:.0f} ms at {SMALL:,} (p50 {_percentile(_whole(small), 0.5) * 1000:.0f})",
        slow / quick,
        f"≤ {SEARCH_SECONDS * 1000:.0f} ms" if is_search else f"≤ {RATIO:.0f} ×",
        slow <= SEARCH_SECONDS if is_search else slow / quick <= RATIO,
    )


@contextlib.asynccontextmanager
async def two_sizes(mongodb: str, many: int) -> AsyncIterator[list[Service]]:
    for count in (SMALL, many):
        await asyncio.to_thread(generate, mongodb, f"scale_{count}", count)
    services = [Service(mongodb, f"scale_{count}") for count in (SMALL, many)]
    try:
        for service in services:
            await service.ready()
        yield services
    finally:
        for service in services:
            service.stop()


async def figures_on(mongodb: str, many: int, kinds: list[str], each: int) -> list[Figure]:
    async with two_sizes(mongodb, many) as services:
        found = []
        for kind in kinds:
            small, large = await measured(services, kind, each)
            found.append(_figure(kind, many, small, large))
        return found


async def scale(many: int = 1_000_000) -> list[Figure]:
    """On a MongoDB of its own, which is thrown away."""
    with tempfile.TemporaryDirectory(prefix="tianlong-scale-") as folder:
        backend = backends.start_mongodb(Path(folder))
        try:
            return await figures_on(backend.uri, many, list(PATHS), EACH)
        finally:
            backend.stop()
