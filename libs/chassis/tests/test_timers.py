"""A timer fires once, when it is due, and never after it was cancelled."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from chassis import timers
from chassis.clock import VirtualClock
from chassis.core import Core
from chassis.problems import ValidationFailed
from chassis.settings import ServiceSettings
from chassis.timers import Timer, Timers, cancel_timer, set_timer, timer_of
from chassis.work import Work

HOUR = timedelta(hours=1)
RANG = "rang"


@pytest.fixture
async def core(mongodb_uri: str, database_name: str, clock: VirtualClock) -> AsyncIterator[Core]:
    settings = ServiceSettings(mongodb_uri=mongodb_uri, database=database_name)
    core = Core(settings, name="any", indexes=timers.INDEXES, clock=clock)
    await core.start()
    yield core
    await core.stop()


async def ring(work: Work, timer: Timer) -> None:
    rung = await work.document(RANG, timer.subject) or {"_id": timer.subject, "times": 0}
    work.put(RANG, rung | {"times": rung["times"] + 1, "detail": timer.detail})


async def setting(core: Core, subject: str, after: timedelta, kind: str = "bell") -> None:
    async def decide(work: Work) -> None:
        set_timer(work, kind, subject, work.now + after, note=subject)

    await core.commits.run(decide)


async def times(core: Core, subject: str) -> int:
    found = await core.db[RANG].find_one({"_id": subject})
    return 0 if found is None else int(found["times"])


async def test_it_fires_when_it_is_due_and_only_once(core: Core, clock: VirtualClock) -> None:
    bells = Timers(core, {"bell": ring})
    await setting(core, "late", 2 * HOUR)
    await setting(core, "soon", HOUR)
    assert await bells.fire_due() == 0
    clock.advance(HOUR)
    assert await bells.fire_due() == 1
    assert (await times(core, "soon"), await times(core, "late")) == (1, 0)
    clock.advance(10 * HOUR)
    assert await bells.fire_due() == 1
    assert await bells.fire_due() == 0
    assert (await times(core, "soon"), await times(core, "late")) == (1, 1)


async def test_what_was_cancelled_does_not_fire(core: Core, clock: VirtualClock) -> None:
    async def call_off(work: Work) -> None:
        assert await timer_of(work, "bell", "one") is not None
        cancel_timer(work, "bell", "one")

    await setting(core, "one", HOUR)
    await core.commits.run(call_off)
    clock.advance(HOUR)
    assert await Timers(core, {"bell": ring}).fire_due() == 0
    assert await times(core, "one") == 0


async def test_what_is_set_anew_fires_at_its_new_time(core: Core, clock: VirtualClock) -> None:
    bells = Timers(core, {"bell": ring})
    await setting(core, "one", HOUR)
    await setting(core, "one", 3 * HOUR)
    clock.advance(HOUR)
    assert await bells.fire_due() == 0
    clock.advance(2 * HOUR)
    assert await bells.fire_due() == 1


async def test_a_handler_may_set_its_own_timer_again(core: Core, clock: VirtualClock) -> None:
    async def ring_daily(work: Work, timer: Timer) -> None:
        await ring(work, timer)
        set_timer(work, timer.kind, timer.subject, timer.due_at + 24 * HOUR)

    bells = Timers(core, {"bell": ring_daily})
    await setting(core, "one", HOUR)
    clock.advance(HOUR)
    assert await bells.fire_due() == 1
    clock.advance(48 * HOUR)
    assert await bells.fire_due() == 2
    assert await times(core, "one") == 3


async def test_two_processes_fire_it_once(core: Core, clock: VirtualClock) -> None:
    for number in range(20):
        await setting(core, f"bell-{number}", HOUR)
    clock.advance(HOUR)
    first, second = Timers(core, {"bell": ring}), Timers(core, {"bell": ring})
    fired = await asyncio.gather(first.fire_due(), second.fire_due())
    fired_later = await first.fire_due()
    assert sum(fired) + fired_later == 20
    assert [await times(core, f"bell-{number}") for number in range(20)] == [1] * 20


async def test_cancelled_while_it_fires_it_has_happened_or_it_never_does(
    core: Core, clock: VirtualClock
) -> None:
    """Whichever comes first: nothing fires after the cancellation was confirmed."""

    async def call_off(work: Work) -> int:
        set_before = await timer_of(work, "bell", "one")
        cancel_timer(work, "bell", "one")
        return 0 if set_before is None else 1

    for _ in range(10):
        await setting(core, "one", HOUR)
        before = await times(core, "one")
        clock.advance(HOUR)
        bells = Timers(core, {"bell": ring})
        await asyncio.gather(bells.fire_due(), core.commits.run(call_off))
        after = await times(core, "one")
        assert after - before in (0, 1)
        assert await bells.fire_due() == 0
        assert await times(core, "one") == after


async def test_one_that_is_refused_keeps_nobody_waiting(core: Core, clock: VirtualClock) -> None:
    async def refuse(work: Work, timer: Timer) -> None:
        raise ValidationFailed([])

    await setting(core, "bad", HOUR, kind="bad")
    await setting(core, "good", 2 * HOUR)
    clock.advance(2 * HOUR)
    bells = Timers(core, {"bell": ring, "bad": refuse})
    assert await bells.fire_due() == 1
    assert await times(core, "good") == 1
    assert await core.db[timers.TIMERS].count_documents({"due_at": {"$exists": True}}) == 1
