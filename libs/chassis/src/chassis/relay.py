"""From the event log to Kafka: at least once, in order per aggregate, with the same id each time.

The pending flag of an event is the truth: it is cleared after the send succeeded, never before.
A wake-up (a change stream, or a commit of the same process) only saves waiting for the poll.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from contracts.envelope import CE_LOG_EPOCH
from contracts.topics import TOPICS
from pymongo.errors import PyMongoError

from chassis import kafka, telemetry
from chassis.core import Core
from chassis.events import EVENTS_COLLECTION
from chassis.failpoints import failpoint
from chassis.kafka import KafkaError
from chassis.lease import Lease
from chassis.mongo import Document
from chassis.tasks import ended

_log = structlog.get_logger()

PAGE = 2_000
_CHUNK = 1_000
_OBSERVE_SECONDS = 1.0
_STREAM_PAUSE_SECONDS = 0.05
_OLDEST_FIRST = [("recorded_at", 1), ("seq", 1)]


class NotSent(Exception):
    """Some events of a page could not be sent; they stay pending."""


class Relay:
    """A part of a process: publishes what is pending until it is stopped."""

    role = "relay"

    def __init__(self, core: Core, *, page: int = PAGE) -> None:
        self._core = core
        self._events = core.db[EVENTS_COLLECTION]
        self._page = page
        self._lease = Lease(core.db, "relay", core.settings.instance)
        self._news = asyncio.Event()
        self._woken_at = 0.0
        self._observed_at = 0.0
        self._soon: asyncio.TimerHandle | None = None
        self._producer: AIOKafkaProducer | None = None
        self._epoch: bytes | None = None
        self._tasks: list[asyncio.Task[None]] = []
        core.commits.committed = self.wake

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._publish_for_ever(), name="relay"),
            asyncio.create_task(self._watch(), name="relay-watch"),
        ]

    async def stop(self) -> None:
        await ended(*self._tasks)
        await self._drop_producer()
        await self._lease.release()

    def ready(self) -> bool:
        return all(not task.done() for task in self._tasks)

    def wake(self) -> None:
        """Something was committed here: do not wait for the poll."""
        self._woken_at = time.monotonic()
        self._news.set()

    async def publish_page(self) -> int:
        """Publish the oldest pending events, at most a page of them; how many were published.

        Raises NotSent when some of them failed; those stay pending.
        """
        events = in_order(await self._complete(await self._pending()))
        if not events:
            return 0
        failpoint("relay.before_send")
        failed = await self._send(events)
        failpoint("relay.after_send")
        published = cleared(events, failed)
        failpoint("relay.before_mark")
        await self._mark(published)
        failpoint("relay.after_mark")
        telemetry.EVENTS_PUBLISHED.inc(len(published))
        if failed:
            raise NotSent(f"{len(failed)} of {len(events)}")
        return len(published)

    async def _pending(self) -> list[Document]:
        return (
            await self._events.find({"pending": 1}).sort(_OLDEST_FIRST).limit(self._page).to_list()
        )

    async def _complete(self, page: list[Document]) -> list[Document]:
        """Add pending predecessors that the page's end cut off, since n must not go before n-1.

        An event may have an earlier recording time than its predecessor: the time is that of the
        unit's start, the sequence that of its commit.
        """
        have = {event["_id"] for event in page}
        unsure = page
        while unsure:
            before = {_predecessor(event) for event in unsure if event["seq"] > 1} - have
            unsure = []
            for ids in _chunks(sorted(before)):
                unsure += await self._events.find({"_id": {"$in": ids}, "pending": 1}).to_list()
            have |= {event["_id"] for event in unsure}
            page = page + unsure
        return page

    async def _send(self, events: list[Document]) -> set[str]:
        """Send them all, in this order; the ids of those that Kafka did not take."""
        producer = await self._started_producer()
        epoch = await self._log_epoch()
        sent = []
        failed = set()
        for event in events:
            headers = [(name, value.encode()) for name, value in event["headers"].items()]
            headers.append((CE_LOG_EPOCH, epoch))
            try:
                future = await producer.send(
                    event["topic"], event["value"], key=event["key"].encode(), headers=headers
                )
            except KafkaError as problem:
                _log.warning("relay.not_sent", event_id=event["_id"], reason=repr(problem))
                failed.add(event["_id"])
            else:
                sent.append((event["_id"], future))
        answers = await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        for (event_id, _), answer in zip(sent, answers, strict=True):
            if isinstance(answer, BaseException):
                _log.warning("relay.not_sent", event_id=event_id, reason=repr(answer))
                failed.add(event_id)
        return failed

    async def _mark(self, events: list[Document]) -> None:
        for chunk in _chunks([event["_id"] for event in events]):
            await self._events.update_many({"_id": {"$in": chunk}}, {"$unset": {"pending": ""}})

    async def _log_epoch(self) -> bytes:
        """Which beginning of the log this is; changes with a restore only, so it is read once."""
        if self._epoch is None:
            control = await self._core.db["control"].find_one({"_id": "log"})
            self._epoch = str((control or {}).get("epoch", 1)).encode()
        return self._epoch

    async def _publish_for_ever(self) -> None:
        own = [topic for topic in TOPICS.values() if topic.owner == self._core.name]
        await kafka.ensure_topics(self._core.settings, own)
        pause = 0.1
        while True:
            try:
                await self._publish_what_is_there()
                pause = 0.1
            except (KafkaError, PyMongoError, OSError, NotSent) as problem:
                # The producer's numbering may have a hole now (OutOfOrderSequenceNumber), or a
                # twin has taken its id (ProducerFenced): a new one starts clean.
                _log.warning("relay.interrupted", reason=repr(problem), retry_in=pause)
                await self._drop_producer()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)
            except Exception:
                # A fault of ours must be seen, and must not end the publishing for good.
                _log.exception("relay.failed", retry_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)

    async def _publish_what_is_there(self) -> None:
        """Until nothing is pending; then wait for news, or for the poll."""
        self._news.clear()
        if await self._lease.hold():
            # A page that is not full was all there was; what came meanwhile is news.
            while await self.publish_page() >= self._page:
                await self._lease.hold()
            await self._observe()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._core.settings.relay_poll_seconds)

    async def _observe(self) -> None:
        if time.monotonic() < self._observed_at + _OBSERVE_SECONDS:
            return
        self._observed_at = time.monotonic()
        oldest = await self._events.find_one({"pending": 1}, sort=_OLDEST_FIRST)
        age = (self._core.clock.now() - oldest["recorded_at"]).total_seconds() if oldest else 0
        telemetry.OLDEST_PENDING.set(max(age, 0))

    async def _watch(self) -> None:
        """Wake up for what other processes commit. A broken stream loses a wake-up, no event."""
        only_inserts: list[dict[str, Any]] = [
            {"$match": {"operationType": "insert"}},
            {"$project": {"_id": 1}},
        ]
        while True:
            try:
                async with await self._events.watch(only_inserts) as stream:
                    async for _ in stream:
                        self._wake_for_others()
            except PyMongoError as problem:
                _log.info("relay.watch_broken", reason=repr(problem))
            await asyncio.sleep(1)

    def _wake_for_others(self) -> None:
        """The stream also tells of what this process committed, and has been woken for already."""
        if time.monotonic() - self._woken_at > _STREAM_PAUSE_SECONDS:
            self._news.set()
        elif self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_later(_STREAM_PAUSE_SECONDS, self._wake_soon)

    def _wake_soon(self) -> None:
        self._soon = None
        self._news.set()

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = kafka.producer(self._core.settings)
            await producer.start()
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError, OSError):
                await asyncio.wait_for(producer.stop(), 5)


def in_order(page: list[Document]) -> list[Document]:
    """The page's order, except that each aggregate's events stand by sequence."""
    by_aggregate: dict[str, list[Document]] = defaultdict(list)
    for event in page:
        by_aggregate[event["aggregate"]].append(event)
    turns = {
        name: iter(sorted(events, key=lambda event: int(event["seq"])))
        for name, events in by_aggregate.items()
    }
    return [next(turns[event["aggregate"]]) for event in page]


def cleared(events: list[Document], failed: set[str]) -> list[Document]:
    """Those that were sent and have no failed event of their aggregate before them."""
    broken: set[str] = set()
    done = []
    for event in events:
        if event["_id"] in failed:
            broken.add(event["aggregate"])
        elif event["aggregate"] not in broken:
            done.append(event)
    return done


def _predecessor(event: Document) -> str:
    return f"{event['aggregate']}:{event['seq'] - 1}"


def _chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
