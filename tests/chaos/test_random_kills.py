"""`kill -9`, at random, of services, broker and database, while clients go on asking.

Short by default; `TIANLONG_CHAOS_SECONDS` makes it as long as one likes (`make chaos`).
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tianlong.backends import Backend, start_kafka, start_mongodb

from tests.chaos.rig.round import Nursed, Round

SECONDS = float(os.environ.get("TIANLONG_CHAOS_SECONDS", "20"))
IN_FLIGHT = 8
SEED = int(os.environ.get("TIANLONG_CHAOS_SEED", "0")) or random.SystemRandom().randrange(10**6)

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(SECONDS + 400)]


@pytest.fixture
def backends(tmp_path: Path) -> Iterator[tuple[Backend, Backend]]:
    """Of this test alone, since it kills them."""
    mongodb = start_mongodb(tmp_path / "mongodb")
    kafka = start_kafka(tmp_path / "kafka")
    yield mongodb, kafka
    kafka.kill()
    mongodb.kill()


def kill(nursed: Nursed) -> None:
    try:
        os.kill(nursed.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was just being born


def bring_down(backend: Backend) -> None:
    backend.kill()
    backend.restart()


def rampage(victims: list[Callable[[], None]], seconds: float) -> int:
    """Kill one victim after the other at random moments; how many died."""
    chance = random.Random(SEED)
    ends_at = time.monotonic() + seconds
    count = 0
    # Everyone in turn at first, so that a short run leaves nobody out.
    order = [*chance.sample(victims, len(victims))]
    while time.monotonic() < ends_at or order:
        time.sleep(chance.uniform(0.5, 2.0))
        (order.pop() if order else chance.choice(victims))()
        count += 1
    return count


async def test_random_kills_lose_nothing_and_double_nothing(
    backends: tuple[Backend, Backend], tmp_path: Path, record_property: Callable[..., None]
) -> None:
    mongodb, kafka = backends
    round_ = Round(mongodb.uri, kafka.bootstrap, tmp_path)
    await asyncio.to_thread(round_.make_topics)
    try:
        ledger = round_.start("tests.chaos.rig.ledger")
        mirrors = [round_.start("tests.chaos.rig.mirror", TIANLONG_INSTANCE=str(n)) for n in (1, 2)]
        await round_.wait_until_ready()
        client = round_.client()
        loop = asyncio.get_running_loop()
        load = asyncio.create_task(
            client.run(None, in_flight=IN_FLIGHT, until=loop.time() + SECONDS)
        )
        services = [lambda one=one: kill(one) for one in (ledger, *mirrors)]
        parts = [lambda: bring_down(mongodb), lambda: bring_down(kafka)]
        count = await asyncio.to_thread(rampage, [*services, *services, *parts], SECONDS)
        await load
        await client.ask_again(until=loop.time() + 120)
        findings = await round_.verdict(client, seconds=180, stalled=90)
        record_property("operations", len(client.record))
        print(f"seed {SEED}: {len(client.record)} operations, {count} kills, {len(findings)} found")
        assert findings == []
        assert all(asked.is_answered for asked in client.record)
        assert len(client.record) > SECONDS
    finally:
        await asyncio.to_thread(round_.stop)
