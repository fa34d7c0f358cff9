"""The figures of the running suite, each beside its bare baseline of the same run."""

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pymongo

from tests.load import baselines
from tests.load.client import Connection, Measured, expecting, in_flight
from tests.load.running import Bench

Document = dict[str, Any]
SERVICES = ("customers", "pipeline", "field", "insights", "gateway")
EVENT_TOPICS = tuple(f"{service}.events.v1" for service in SERVICES[:-1])


@dataclass(frozen=True)
class Figure:
    """One line of the table. `is_met` is None where only the figure is reported."""

    name: str
    value: str
    baseline: str
    ratio: float | None
    aim: str
    is_met: bool | None


async def writes(bench: Bench, count: int = 3000) -> list[Figure]:
    """New opportunities through the gateway, 64 in flight, everything else running."""
    bare = await baselines.two_document_transactions(bench.mongodb, 1500, 32)
    grouped = await baselines.grouped_commits(bench.mongodb, 20_000, 64)
    customer = bench.a_customer()
    body = {
        "name": "A deal under load",
        "template": "standard",
        "customer_id": customer,
        "amount": {"amount": "1000.00", "currency": "CNY"},
    }

    def job(number: int) -> Callable[[Connection], Awaitable[None]]:
        key = f"Idempotency-Key: {uuid.uuid4()}-{number}\r\n"

        async def write(connection: Connection) -> None:
            await expecting(connection, 201, "POST", "/api/v1/opportunities", body, key)

        return write

    connections = [bench.connection("sales.director") for _ in range(64)]
    await in_flight([job(n) for n in range(300)], connections)
    done = await in_flight([job(n) for n in range(count)], connections)
    bare_again = await baselines.two_document_transactions(bench.mongodb, 1500, 32)
    _close(connections)
    raw = (bare + bare_again) / 2
    ratio, slowest = done.per_second / raw, done.percentile(0.99) * 1000
    return [
        Figure(
            "writes through the gateway, 64 in flight",
            f"{done.per_second:,.0f}/s, p99 {slowest:.0f} ms",
            f"{raw:,.0f}/s raw two-document transactions",
            ratio,
            "≥ 1.0 ×, p99 ≤ 200 ms",
            ratio >= 1.0 and slowest <= 200,
        ),
        Figure(
            "… beside bare grouped commits",
            f"{done.per_second:,.0f}/s",
            f"{grouped:,.0f}/s bare commits of 64 together",
            done.per_second / grouped,
            "reported",
            None,
        ),
    ]


async def one_read(bench: Bench, count: int = 1500) -> list[Figure]:
    """One opportunity, read again and again by one client: through the gateway, and direct."""
    path = f"/api/v1/opportunities/{bench.an_opportunity()}"

    async def read(connection: Connection) -> None:
        await expecting(connection, 200, "GET", path)

    through = bench.connection("sales.director")
    direct = bench.connection("sales.director", service="pipeline")
    await in_flight([read] * 200, [through])
    await in_flight([read] * 200, [direct])
    gateway: list[float] = []
    service: list[float] = []
    for _ in range(10):
        gateway += (await in_flight([read] * (count // 10), [through])).each
        service += (await in_flight([read] * (count // 10), [direct])).each
    _close([through, direct])
    over, straight = statistics.median(gateway) * 1000, statistics.median(service) * 1000
    return [
        Figure(
            "one read through the gateway, p50",
            f"{over:.2f} ms",
            f"{straight:.2f} ms direct",
            over / straight,
            "≤ 1.5 ×",
            over / straight <= 1.5,
        )
    ]


async def customer_360(bench: Bench, count: int = 600) -> list[Figure]:
    """The aggregated view, 16 in flight, beside a bare hello."""
    bare = await baselines.hello(4000, 16)
    path = f"/api/v1/views/customer-360/{bench.a_customer()}"

    async def read(connection: Connection) -> None:
        answer = await expecting(connection, 200, "GET", path)
        assert b'"missing"' not in answer, "a part of the view is missing"

    connections = [bench.connection("sales.director") for _ in range(16)]
    await in_flight([read] * 50, connections)
    done = await in_flight([read] * count, connections)
    _close(connections)
    ratio = done.per_second / bare
    return [
        Figure(
            "customer-360, 16 in flight",
            f"{done.per_second:,.0f}/s, p99 {done.percentile(0.99) * 1000:.0f} ms",
            f"{bare:,.0f}/s bare one-worker FastAPI hello",
            ratio,
            "≥ 0.05 ×",
            ratio >= 0.05,
        )
    ]


async def pipeline_kpis(bench: Bench, deals: str, count: int = 300) -> list[Figure]:
    """The pipeline's figures by owner, one client."""
    connection = bench.connection("sales.director")

    async def read(connection: Connection) -> None:
        await expecting(connection, 200, "GET", "/api/v1/kpis/pipeline?group_by=owner")

    await in_flight([read] * 50, [connection])
    done = await in_flight([read] * count, [connection])
    _close([connection])
    median = done.median * 1000
    return [
        Figure(
            f"kpis/pipeline with {deals} deals, p50",
            f"{median:.1f} ms",
            "",
            None,
            "≤ 20 ms",
            median <= 20,
        )
    ]


async def visible(bench: Bench, count: int = 500, per_second: float = 100) -> list[Figure]:
    """From the answer of a write until insights has it, at 100 writes a second."""
    bare = await baselines.commit_kafka_commit(bench.mongodb, bench.kafka, count, per_second)
    writers = [bench.connection("sales.director") for _ in range(16)]
    readers = [bench.connection("sales.director", service="insights") for _ in range(32)]
    idle_writers: asyncio.Queue[Connection] = asyncio.Queue()
    idle_readers: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in writers:
        idle_writers.put_nowait(connection)
    for connection in readers:
        idle_readers.put_nowait(connection)
    body = {
        "name": "A deal to be seen",
        "template": "standard",
        "customer_id": bench.a_customer(),
        "amount": {"amount": "1000.00", "currency": "CNY"},
    }
    each: list[float] = []

    async def write_and_see() -> None:
        writer = await idle_writers.get()
        key = f"Idempotency-Key: {uuid.uuid4()}\r\n"
        answer = await expecting(writer, 201, "POST", "/api/v1/opportunities", body, key)
        committed = time.perf_counter()
        idle_writers.put_nowait(writer)
        position = f"opportunity:{json.loads(answer)['id']}:1"
        reader = await idle_readers.get()
        wait = f"Tianlong-Wait-For: {position}\r\n"
        await expecting(reader, 200, "GET", "/api/v1/kpis", headers=wait)
        each.append(time.perf_counter() - committed)
        idle_readers.put_nowait(reader)

    await asyncio.gather(*(write_and_see() for _ in range(32)))
    each.clear()
    began = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        tasks.append(asyncio.create_task(write_and_see()))
    await asyncio.gather(*tasks)
    _close([*writers, *readers])
    ours = Measured(time.perf_counter() - began, each)
    slow, bare_slow = ours.percentile(0.99) * 1000, bare.percentile(0.99) * 1000
    return [
        Figure(
            "commit → visible in insights, 100 writes/s, p99",
            f"{slow:.0f} ms (p50 {ours.median * 1000:.0f} ms)",
            f"{bare_slow:.0f} ms raw commit → Kafka → commit (p50 {bare.median * 1000:.0f} ms)",
            slow / bare_slow,
            "≤ 3 ×",
            slow / bare_slow <= 3,
        )
    ]


async def sample_import(bench: Bench, seconds: float) -> list[Figure]:
    """The sample's way in took `seconds`; beside it the same documents inserted in bulk."""
    bare, documents = await baselines.bulk_insert(bench.mongodb, SERVICES)
    return [
        Figure(
            "sample import to final figures",
            f"{seconds:.1f} s",
            f"{bare:.1f} s bare bulk insert of the same {documents:,} documents",
            seconds / bare,
            "≤ 25 s",
            seconds <= 25,
        )
    ]


async def rebuild(bench: Bench) -> list[Figure]:
    """All states and sums of insights anew, from the first event."""
    bare, _ = await baselines.decode_loop(bench.kafka, "pipeline.events.v1", 12)
    events = sum(bench.records_in(topic) for topic in EVENT_TOPICS)
    began = time.perf_counter()
    bench.post("admin", "/operations/insights/rebuild", {"projection": "all"})
    async with asyncio.timeout(300):
        while bench.get("admin", "/operations/insights/rebuild")["state"] != "done":
            await asyncio.sleep(0.05)
    ours = events / (time.perf_counter() - began)
    return [
        Figure(
            "insights rebuild",
            f"{ours:,.0f} events/s ({events:,} events)",
            f"{bare:,.0f}/s raw aiokafka + msgspec decode loop",
            ours / bare,
            "≥ 0.12 ×",
            ours / bare >= 0.12,
        )
    ]


def warm_start(bench: Bench) -> list[Figure]:
    """Stopped and started again with everything in it."""
    bench.stop()
    began = time.perf_counter()
    bench.start()
    took = time.perf_counter() - began
    return [Figure("warm start to ready", f"{took:.1f} s", "", None, "≤ 15 s", took <= 15)]


def memory(bench: Bench) -> list[Figure]:
    """Everything that runs, after the import, idle."""
    parts = bench.status()
    used = sum(part["memory_bytes"] or 0 for part in parts) / 1e9
    each = ", ".join(f"{part['name']} {(part['memory_bytes'] or 0) / 1e6:.0f}" for part in parts)
    return [
        Figure(
            "memory after the import, idle",
            f"{used:.2f} GB ({each} MB)",
            "",
            None,
            "≤ 1.4 GB",
            used <= 1.4,
        )
    ]


def stored_events(bench: Bench) -> int:
    """How many events the four services have recorded."""
    with pymongo.MongoClient[Document](bench.mongodb) as client:
        return sum(client[name]["events"].estimated_document_count() for name in SERVICES[:-1])


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()
