"""Every seam of the delivery path, cut while writes go on: nothing lost, nothing doubled.

And the same with deliberately wrong parts, each of which the checker must catch.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.rig.round import Round

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

OPERATIONS, IN_FLIGHT = 160, 12
DIED = 137


@pytest.fixture
async def round_(mongodb_uri: str, kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Round]:
    made = Round(mongodb_uri, kafka_bootstrap, tmp_path)
    await asyncio.to_thread(made.make_topics)
    yield made
    await asyncio.to_thread(made.stop)


Run = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def run(round_: Round) -> Run:
    async def run(
        ledger_dies: str = "", mirror_dies: str = "", variant: str = "", *, stalled: float = 20
    ) -> list[str]:
        """The checker's findings after a round in which each armed service died twice."""
        ledger = round_.start("tests.chaos.rig.ledger", failpoint=ledger_dies, variant=variant)
        mirror = round_.start("tests.chaos.rig.mirror", failpoint=mirror_dies, variant=variant)
        await round_.wait_until_ready()
        client = round_.client()
        until = asyncio.get_running_loop().time() + 100
        await client.run(OPERATIONS, in_flight=IN_FLIGHT, until=until)
        armed = [one for one, dies in ((ledger, ledger_dies), (mirror, mirror_dies)) if dies]
        # A fast machine may be done before the last of them has had its second life.
        while any(len(one.deaths) < 2 for one in armed):
            assert asyncio.get_running_loop().time() < until, "the failpoint was not hit"
            await client.run(IN_FLIGHT, in_flight=IN_FLIGHT, until=until)
        await client.ask_again(until=until)
        findings = await round_.verdict(client, seconds=40, stalled=stalled)
        assert all(one.deaths[:2] == [DIED, DIED] for one in armed)
        assert all(asked.is_answered for asked in client.record)
        return findings

    return run


@pytest.mark.parametrize(
    ("ledger_dies", "mirror_dies"),
    [
        ("commit.before:5", "consumer.before_effect:2"),
        ("commit.middle_of_group:6", "consumer.after_effect:2"),
        ("commit.after:7", "consumer.before_offsets:3"),
        ("relay.before_send:3", "consumer.after_offsets:2"),
        ("relay.after_send:2", "commit.before:2"),
        ("relay.before_mark:3", "commit.middle_of_group:2"),
        ("relay.after_mark:2", "commit.after:2"),
    ],
)
async def test_a_death_at_any_seam_loses_nothing_and_doubles_nothing(
    run: Run, ledger_dies: str, mirror_dies: str
) -> None:
    assert await run(ledger_dies, mirror_dies) == []


async def test_marking_before_sending_is_caught(run: Run) -> None:
    findings = await run("relay.before_send:3", "", "mark-first", stalled=3)
    assert any(one.startswith("unseen") for one in findings)


async def test_offsets_before_effects_are_caught(run: Run) -> None:
    findings = await run("", "consumer.after_offsets:2", "offset-first", stalled=3)
    assert any(one.startswith("lost: the mirror") for one in findings)


async def test_a_consumer_without_a_guard_is_caught(run: Run) -> None:
    findings = await run("", "consumer.after_effect:2", "no-guard", stalled=3)
    assert any(one.startswith("doubled: the mirror") for one in findings)
