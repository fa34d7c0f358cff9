"""The Kafka door of a service: read in batches, deal with them, then store the offsets.

The group is the service. Offsets are a bookmark only: what was seen is decided by the guards, so
reading again, from anywhere, changes nothing. A worker that comes back after a crash is itself
again at once (static membership).
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from contracts.topics import TOPICS, dead_letters_topic
from pymongo.errors import PyMongoError

from chassis import held, kafka, telemetry
from chassis.core import Core
from chassis.failpoints import failpoint
from chassis.guards import GUARDS
from chassis.intake import Intake, Subscription
from chassis.mongo import make_indexes
from chassis.received import message_of
from chassis.tasks import ended

_log = structlog.get_logger()

SUBSCRIPTIONS = "subscriptions"
_BATCH = 2_000
_OBSERVE_SECONDS = 2.0
_BOOKMARK_SECONDS = 0.5

Records = dict[TopicPartition, list[Any]]


class Consumer:
    """A part of a process: brings every subscribed event to its handlers until it is stopped."""

    role = "worker"

    def __init__(self, core: Core, subscriptions: Iterable[Subscription]) -> None:
        self._core = core
        self.intake = Intake(core.name, core.commits, subscriptions)
        self._topics = sorted(self.intake.followed)
        self._settled: set[TopicPartition] = set()
        self._joined = asyncio.Event()
        self._observed_at = 0.0
        self._bookmarked_at = 0.0
        self._done: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None
        core.intake = core.redress = self.intake
        core.wait_for = self.intake.positions.wait_for

    async def start(self) -> None:
        await make_indexes(
            self._core.db, {held.HELD: held.HELD_INDEXES, GUARDS: [], SUBSCRIPTIONS: []}
        )
        self._task = asyncio.create_task(self._read_for_ever(), name="consumer")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return self._joined.is_set() and self._task is not None and not self._task.done()

    async def _read_for_ever(self) -> None:
        wanted = [*self._topics, dead_letters_topic(self._core.name)]
        await kafka.ensure_topics(
            self._core.settings, [TOPICS[name] for name in wanted if name in TOPICS]
        )
        pause = 0.1
        while True:
            reader = kafka.consumer(
                self._core.settings, *self._topics, group=self._core.name, max_poll_records=_BATCH
            )
            try:
                await reader.start()
                self._settled.clear()
                self._done.clear()
                self._joined.set()
                while True:
                    await self.round(reader)
                    pause = 0.1
            except (KafkaError, PyMongoError, OSError) as problem:
                _log.warning("consumer.interrupted", reason=repr(problem), retry_in=pause)
            except Exception:
                # A fault of ours must be seen, and must not end the reading for good.
                _log.exception("consumer.failed", retry_in=pause)
            finally:
                with contextlib.suppress(KafkaError, OSError):
                    await reader.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    async def round(self, reader: AIOKafkaConsumer) -> None:
        """One batch: effects first, offsets afterwards."""
        records: Records = await reader.getmany(timeout_ms=500)
        await self._settle(reader, records)
        if records:
            failpoint("consumer.before_effect")
            await self._take(reader, records)
        else:
            await self._bookmark(reader)
        await self._observe(reader)

    async def _take(self, reader: AIOKafkaConsumer, records: Records) -> None:
        await self._affect(records)
        failpoint("consumer.after_effect")
        self._read_up_to(records)
        await self._bookmark(reader)

    def _read_up_to(self, records: Records) -> None:
        self._done |= {at: slice_[-1].offset + 1 for at, slice_ in records.items()}

    async def _affect(self, records: Records) -> None:
        await self.intake.take([message_of(one) for slice_ in records.values() for one in slice_])

    async def _bookmark(self, reader: AIOKafkaConsumer) -> None:
        """Store the offsets, now and then: they only save reading again what the guards drop.

        If the partitions are somebody else's by now, so is the bookmark.
        """
        if not self._done or time.monotonic() < self._bookmarked_at + _BOOKMARK_SECONDS:
            return
        failpoint("consumer.before_offsets")
        self._bookmarked_at = time.monotonic()
        ours = reader.assignment()
        done = {at: offset for at, offset in self._done.items() if at in ours}
        self._done.clear()
        try:
            if done:
                await reader.commit(done)
        except (CommitFailedError, IllegalStateError) as problem:
            _log.info("consumer.rebalanced", reason=repr(problem))
        failpoint("consumer.after_offsets")

    async def _settle(self, reader: AIOKafkaConsumer, records: Records) -> None:
        """Read a newly assigned partition from its first record if a type is new to the group.

        A guard can only begin with an aggregate's first event. What was seen already is dropped by
        the guards, so reading it again is work, not harm.
        """
        assigned = reader.assignment()
        for at in assigned - self._settled:
            types = sorted(self.intake.followed[at.topic])
            identifier = f"{at.topic}:{at.partition}"
            known = await self._core.db[SUBSCRIPTIONS].find_one({"_id": identifier})
            if known is not None and known["types"] == types:
                continue
            if known is not None and not set(types) <= set(known["types"]):
                _log.info("consumer.back_fill", topic=at.topic, partition=at.partition)
                # The bookmark goes first: after a crash the types must still look unknown, or the
                # rest would be read from where the old bookmark was.
                await self._bookmark_at_start(reader, at)
                reader.seek(at, 0)
                records.pop(at, None)
                self._done.pop(at, None)
            await self._core.db[SUBSCRIPTIONS].replace_one(
                {"_id": identifier}, {"_id": identifier, "types": types}, upsert=True
            )
        self._settled = set(assigned)

    async def _bookmark_at_start(self, reader: AIOKafkaConsumer, at: TopicPartition) -> None:
        await reader.commit({at: 0})

    async def _observe(self, reader: AIOKafkaConsumer) -> None:
        """Figures for whoever watches: lag per topic, and what is held since when."""
        if time.monotonic() < self._observed_at + _OBSERVE_SECONDS:
            return
        self._observed_at = time.monotonic()
        lag: dict[str, int] = defaultdict(int)
        for at in reader.assignment():
            end = reader.highwater(at)
            if end is not None:
                lag[at.topic] += max(0, end - await reader.position(at))
        for topic in self._topics:
            telemetry.CONSUMER_LAG.labels(topic, self._core.name).set(lag[topic])
        await held.observe(self._core.db, self._core.clock.now())
