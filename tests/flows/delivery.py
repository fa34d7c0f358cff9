"""How events get from one service to the others: as they should, twice, or in any order.

What the relay and Kafka promise is at least once; a resend may put n+1 before n. So a journey has
to come out the same in all of these ways.
"""

import itertools
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import TopicPartition
from chassis.events import EVENTS_COLLECTION
from chassis.held import HELD
from chassis.received import Message
from chassis.testkit import Running
from chassis.watermarks import Watermarks
from contracts import envelope
from contracts.topics import PARTITIONS


class Delivery:
    """Relay, broker and readers: in order, each event once.

    `log` is what lies in the topics. A relay that is `stopped` sends nothing, a reader that is
    `paused` reads nothing (both are names of services).
    """

    def __init__(self) -> None:
        self.log: list[Message] = []
        self.stopped: set[str] = set()
        self.paused: set[str] = set()
        self._ends: Counter[tuple[str, int]] = Counter()
        self._read: Counter[str] = Counter()

    async def carry(self, *services: Running) -> int:
        """Until nothing new is recorded and everything is read; how many events were sent."""
        sent = 0
        while True:
            fresh = [message for one in services for message in await self._recorded(one)]
            sent += len(fresh)
            self._append(self.sendings(fresh))
            read = [await self._bring(one) for one in services]
            if not fresh and not any(read):
                return sent

    async def watermarks(self, *services: Running) -> dict[str, list[bytes]]:
        """What each relay says about how far its log is complete; those stopped say nothing."""
        told: dict[str, list[bytes]] = {}
        for one in services:
            if one.core.name not in self.stopped:
                topic = _Topic(self._ends)
                await Watermarks(one.core).write(topic, topic)
                told[one.core.name] = topic.said
        return told

    def ends(self, topics: Iterable[str]) -> dict[str, int]:
        """`<topic>:<partition>` → the offset after the last record."""
        return {
            f"{topic}:{number}": self._ends[topic, number]
            for topic in topics
            for number in range(PARTITIONS)
        }

    def sendings(self, messages: list[Message]) -> list[Message]:
        """These events in the order in which they get into the log."""
        return messages

    def batches(self, messages: list[Message]) -> list[list[Message]]:
        """The same records in the portions in which a reader gets them."""
        return [messages]

    def _append(self, messages: Sequence[Message]) -> None:
        for message in messages:
            place = message.topic, message.partition
            self.log.append(message._replace(offset=self._ends[place]))
            self._ends[place] += 1

    async def _bring(self, target: Running) -> bool:
        name, intake = target.core.name, target.core.intake
        unread = self.log[self._read[name] :]
        if intake is None or name in self.paused or not unread:
            return False
        for batch in self.batches([one for one in unread if one.topic in intake.followed]):
            if batch:
                await intake.take(batch)
        self._read[name] += len(unread)
        await _require_nothing_held(target)
        return True

    async def _recorded(self, source: Running) -> list[Message]:
        if source.core.name in self.stopped:
            return []
        events = source.db[EVENTS_COLLECTION]
        pending = await events.find({"pending": 1}).to_list()
        ids = [event["_id"] for event in pending]
        await events.update_many({"_id": {"$in": ids}}, {"$unset": {"pending": 1}})
        return [
            Message(
                event["topic"],
                zlib.crc32(event["key"].encode()) % PARTITIONS,
                0,
                event["key"].encode(),
                event["value"],
                event["headers"] | {envelope.CE_LOG_EPOCH: "1"},
            )
            for event in pending
        ]


class Twice(Delivery):
    """Everything is sent again: at once, and later in one heap."""

    def sendings(self, messages: list[Message]) -> list[Message]:
        return [copy for message in messages for copy in (message, message)] + messages


class Shuffled(Delivery):
    """Any order, n+1 before n too, in portions of any size, a third of it twice."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)

    def sendings(self, messages: list[Message]) -> list[Message]:
        heap = messages + [one for one in messages if self._random.random() < 1 / 3]
        self._random.shuffle(heap)
        return heap

    def batches(self, messages: list[Message]) -> list[list[Message]]:
        waiting = iter(messages)
        found = []
        while batch := list(itertools.islice(waiting, self._random.randint(1, 6))):
            found.append(batch)
        return found


class _Topic:
    """The topics' ends for whoever writes a watermark, and what was written."""

    def __init__(self, ends: Counter[tuple[str, int]]) -> None:
        self._ends = ends
        self.said: list[bytes] = []

    async def partitions_for(self, _topic: str) -> set[int]:
        return set(range(PARTITIONS))

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {at: self._ends[at.topic, at.partition] for at in partitions}

    async def send_and_wait(self, _topic: str, value: bytes, **_more: Any) -> None:
        self.said.append(value)


async def _require_nothing_held(running: Running) -> None:
    """All of an aggregate's events have been brought, so none may be waiting for another."""
    held = await running.db[HELD].find_one({"state": "held"})
    assert held is None, f"{held['_id']} is held by {running.core.name}: {held}"
