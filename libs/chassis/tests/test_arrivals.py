"""Readers wait for what was written elsewhere; one look serves all of them."""

import asyncio
from collections.abc import Mapping

import pytest
from chassis.arrivals import Arrivals, Seen
from chassis.problems import Unavailable


class Place:
    """What has taken effect, and how often somebody looked."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.looks = 0

    async def look(self, references: list[str]) -> Mapping[str, Seen]:
        self.looks += 1
        return {name: self.seen[name] for name in references if name in self.seen}


async def test_whoever_waits_goes_on_once_it_has_arrived() -> None:
    place = Place()
    arrivals = Arrivals(place.look)
    waiting = asyncio.create_task(arrivals.wait_for({"deal:1": 2, "deal:2": 1}, 5))
    arrivals.arrived({"deal:1": Seen(2)})
    place.seen = {"deal:1": Seen(2)}
    await asyncio.wait([waiting], timeout=0.2)
    assert not waiting.done(), "one of the two is still missing"
    place.seen["deal:2"] = Seen(1)
    arrivals.moved()
    await waiting


async def test_what_another_process_moved_is_found_without_being_told() -> None:
    place = Place()
    arrivals = Arrivals(place.look)
    waiting = asyncio.create_task(arrivals.wait_for({"deal:1": 1}, 5))
    await asyncio.wait([waiting], timeout=0.1)
    place.seen["deal:1"] = Seen(1)
    await waiting


async def test_many_who_wait_share_each_look() -> None:
    place = Place()
    arrivals = Arrivals(place.look)
    waiting = [
        asyncio.create_task(arrivals.wait_for({f"deal:{number}": 1}, 5)) for number in range(200)
    ]
    for number in range(200):
        arrivals.arrived({f"deal:{number}": Seen(1)})
        arrivals.moved()
        await asyncio.sleep(0)
    place.seen = {f"deal:{number}": Seen(1) for number in range(200)}
    await asyncio.gather(*waiting)
    assert place.looks < 220, "a look per move at most, never one per move and waiter"


async def test_at_the_deadline_it_is_said_that_it_has_not_come() -> None:
    arrivals = Arrivals(Place().look)
    with pytest.raises(Unavailable):
        await arrivals.wait_for({"deal:1": 1}, 0.1)


async def test_what_is_held_is_told_at_once() -> None:
    place = Place()
    place.seen = {"deal:1": Seen(3, held=frozenset({5})), "deal:2": Seen(3, held_from=4)}
    arrivals = Arrivals(place.look)
    for reference, sequence in (("deal:1", 5), ("deal:2", 7)):
        async with asyncio.timeout(2):
            with pytest.raises(Unavailable):
                await arrivals.wait_for({reference: sequence}, 60)


async def test_trouble_with_looking_reaches_those_who_wait() -> None:
    async def broken(_: list[str]) -> Mapping[str, Seen]:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await Arrivals(broken).wait_for({"deal:1": 1}, 60)
