"""Insights' stream under deaths, rebalances and rivals: every event counts once.

And without its fence, which the checker must notice.
"""

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tianlong.backends import start_kafka

from tests.chaos.rig.deals import Deals, Folded
from tests.chaos.rig.round import Nursed, free_port

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
DIED = 137


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deals]:
    """A broker of this module alone: insights reads topics whose names are fixed."""
    kafka = start_kafka(tmp_path_factory.mktemp("kafka"))
    deals = Deals(kafka.bootstrap)
    deals.make_topics()
    yield deals
    kafka.kill()


class Insights:
    """One database, and the workers that fold into it."""

    def __init__(self, mongodb_uri: str, deals: Deals, folder: Path) -> None:
        self._database = f"insights-{uuid.uuid4().hex[:8]}"
        self._environment = {
            "TIANLONG_MONGODB_URI": mongodb_uri,
            "TIANLONG_KAFKA_BOOTSTRAP": deals.bootstrap,
            "TIANLONG_DATABASE": self._database,
            "TIANLONG_ROLES": "worker",
        }
        self._folder = folder
        self._workers: list[Nursed] = []
        self.folded = Folded(mongodb_uri, self._database)

    def worker(self, **more: str) -> Nursed:
        number = str(len(self._workers) + 1)
        told = {"TIANLONG_INSTANCE": number, "TIANLONG_PORT": str(free_port())} | more
        log = self._folder / f"stream-{number}.log"
        self._workers.append(Nursed("tests.chaos.rig.stream", self._environment | told, log))
        return self._workers[-1]

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()
        self.folded.close()


@pytest.fixture
async def insights(mongodb_uri: str, deals: Deals, tmp_path: Path) -> AsyncIterator[Insights]:
    made = Insights(mongodb_uri, deals, tmp_path)
    yield made
    await asyncio.to_thread(made.stop)


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


def is_stopped(worker: Nursed) -> bool:
    try:
        return psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    "failpoint", ["stream.before_commit:3", "stream.in_transaction:3", "stream.after_commit:3"]
)
async def test_a_death_around_the_transaction_counts_nothing_twice_and_nothing_never(
    deals: Deals, insights: Insights, failpoint: str
) -> None:
    await asyncio.to_thread(deals.open_and_win, 100)
    await asyncio.to_thread(deals.open, 50)
    worker = insights.worker(TIANLONG_FAILPOINT=failpoint)
    assert await asyncio.to_thread(insights.folded.wait_for, deals.ends(), 100)
    assert await asyncio.to_thread(insights.folded.findings, deals) == []
    assert worker.deaths[:2] == [DIED, DIED], "the failpoint was not hit"


async def stopped_owner_comes_back(
    deals: Deals, insights: Insights, folder: Path, **variant: str
) -> list[str]:
    """One worker stops in the middle of a round, another takes over, the first comes back."""

    async def folded() -> None:
        assert await asyncio.to_thread(insights.folded.wait_for, deals.ends(), 100)

    stop_file = folder / "stop"
    await asyncio.to_thread(deals.open, 150)
    first = insights.worker(RIG_STOP_FILE=str(stop_file), **variant)
    await folded()
    stop_file.touch()
    await asyncio.to_thread(deals.win, 40)
    await until(lambda: is_stopped(first))
    second = insights.worker(**variant)
    await folded()
    await asyncio.to_thread(deals.win, 60)
    await folded()
    os.kill(first.pid, signal.SIGCONT)
    await until(lambda: (folder / "stream-1.log").read_text().count("stream.assigned") > 1)
    os.kill(second.pid, signal.SIGKILL)
    await asyncio.to_thread(deals.open_and_win, 30)
    await folded()
    return await asyncio.to_thread(insights.folded.findings, deals)


async def test_a_stopped_owner_that_comes_back_is_fenced(
    deals: Deals, insights: Insights, tmp_path: Path
) -> None:
    assert await stopped_owner_comes_back(deals, insights, tmp_path) == []


async def test_a_stream_without_its_fence_is_caught(
    deals: Deals, insights: Insights, tmp_path: Path
) -> None:
    found = await stopped_owner_comes_back(deals, insights, tmp_path, RIG_VARIANT="no-fence")
    assert any(one.startswith(("lost", "doubled")) for one in found)
