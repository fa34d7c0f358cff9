"""How events get from one service to the others: as they should, twice, or in any order.

What the relay and Kafka promise is at least once, in order per aggregate *after* the reader's
guard: a resend may put n+1 before n. So a journey has to come out the same in all of these ways.
"""

import itertools
import random
import zlib
from collections.abc import Sequence

from chassis.events import EVENTS_COLLECTION
from chassis.held import HELD
from chassis.received import Message
from chassis.testkit import Running
from contracts import envelope
from contracts.topics import PARTITIONS


class Delivery:
    """In order, each once. `log` is all that was ever carried."""

    def __init__(self) -> None:
        self.log: list[Message] = []
        self._offsets = itertools.count()

    async def carry(self, *services: Running) -> int:
        """Relay and broker until nothing new is recorded; how many events were carried."""
        count = 0
        while True:
            fresh = [message for source in services for message in await self._recorded(source)]
            if not fresh:
                return count
            count += len(fresh)
            self.log += fresh
            await self.bring(fresh, *services)

    async def bring(self, messages: Sequence[Message], *services: Running) -> None:
        """Hand these to everybody who follows their topics."""
        for target in services:
            if target.core.intake is None:
                continue
            followed = target.core.intake.followed
            wanted = [one for one in messages if one.topic in followed]
            for some in self.ways(wanted):
                # The log is appended to: what is sent again stands at a new place.
                placed = [one._replace(offset=next(self._offsets)) for one in some]
                await target.core.intake.take(placed)
            await _require_nothing_held(target)

    def ways(self, messages: list[Message]) -> list[list[Message]]:
        """The batches in which these arrive."""
        return [messages] if messages else []

    async def _recorded(self, source: Running) -> list[Message]:
        fresh = []
        async for event in source.db[EVENTS_COLLECTION].find({"pending": 1}):
            if event["_id"] in source.carried:
                continue
            source.carried.add(event["_id"])
            fresh.append(
                Message(
                    event["topic"],
                    zlib.crc32(event["key"].encode()) % PARTITIONS,
                    0,
                    event["key"].encode(),
                    event["value"],
                    event["headers"] | {envelope.CE_LOG_EPOCH: "1"},
                )
            )
        return fresh


class Twice(Delivery):
    """Everything is sent, and sent again: at once, and later in one heap."""

    def ways(self, messages: list[Message]) -> list[list[Message]]:
        doubled = [copy for message in messages for copy in (message, message)]
        return [doubled, messages] if messages else []


class Shuffled(Delivery):
    """Any order, n+1 before n too, in batches of any size, a third of it twice."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)

    def ways(self, messages: list[Message]) -> list[list[Message]]:
        heap = messages + [one for one in messages if self._random.random() < 1 / 3]
        self._random.shuffle(heap)
        batches = []
        while heap:
            size = self._random.randint(1, 6)
            batches.append(heap[:size])
            heap = heap[size:]
        return batches


async def _require_nothing_held(running: Running) -> None:
    """All of an aggregate's events have been brought, so none may be waiting for another."""
    held = await running.db[HELD].find_one({"state": "held"})
    assert held is None, f"{held['_id']} is held by {running.core.name}: {held}"
