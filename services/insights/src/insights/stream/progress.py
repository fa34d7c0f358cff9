"""How far everything is folded: what may be judged from absence, and what a figure's `as_of` is.

Two measures. *Caught up*: every partition's stored offset is at or past the end that was asked for
a moment ago. *Passed*: the greatest T of a watermark whose offsets are reached, of the input topic
where it is least; before that moment nothing is still to come.
"""

import asyncio
import contextlib
from collections import deque
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from chassis import kafka
from chassis.core import Core
from chassis.tasks import ended
from contracts.topics import SERVICES, TOPICS, events_topic, watermarks_topic
from pymongo.errors import PyMongoError

from insights.settings import Settings
from insights.stream import generations
from insights.stream.partitions import source_of

_log = structlog.get_logger()
# Older ones are only of use to somebody who is further behind than this many.
_TAIL = 100


class Watermark(msgspec.Struct, frozen=True):
    """As it stands in `<service>.watermarks.v1`."""

    T: datetime
    offsets: dict[str, int]
    epoch: int = 1


class Progress(Protocol):
    """What readers and the evaluator ask."""

    @property
    def caught_up_at(self) -> datetime | None:
        """All that lay in the input topics at this moment is folded."""

    @property
    def passed(self) -> datetime | None:
        """Nothing recorded before this moment is still to come."""


class _Ends(NamedTuple):
    at: datetime
    offsets: dict[str, int]


class Measures:
    """The pure part: told of ends, watermarks and stored offsets, knows both measures."""

    def __init__(self) -> None:
        self.caught_up_at: datetime | None = None
        self.passed: datetime | None = None
        self._ends: deque[_Ends] = deque(maxlen=_TAIL)
        self._watermarks: dict[str, deque[Watermark]] = {
            events_topic(service): deque(maxlen=_TAIL) for service in SERVICES
        }
        self._reached: dict[str, datetime] = {}

    def ends_were(self, at: datetime, offsets: dict[str, int]) -> None:
        self._ends.append(_Ends(at, offsets))

    def watermark(self, topic: str, mark: Watermark) -> None:
        self._watermarks[topic].append(mark)

    def stored(self, offsets: dict[str, int]) -> None:
        """Where the stored effects of the active generation end."""
        while self._ends and _all_reached(self._ends[0].offsets, offsets):
            self.caught_up_at = self._ends.popleft().at
        for topic, marks in self._watermarks.items():
            while marks and _all_reached(
                {f"{topic}:{number}": end for number, end in marks[0].offsets.items()}, offsets
            ):
                self._reached[topic] = marks.popleft().T
        if len(self._reached) == len(self._watermarks):
            self.passed = min(self._reached.values())


class Tracking:
    """A part of a process: keeps the measures, for the API as well as for the evaluator."""

    def __init__(self, core: Core, settings: Settings) -> None:
        self.role = "api" if "api" in settings.roles else "worker"
        self._core = core
        self._settings = settings
        self.measures = Measures()
        self._task: asyncio.Task[None] | None = None

    @property
    def caught_up_at(self) -> datetime | None:
        return self.measures.caught_up_at

    @property
    def passed(self) -> datetime | None:
        return self.measures.passed

    async def start(self) -> None:
        self._task = asyncio.create_task(self._track_for_ever(), name="progress")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _track_for_ever(self) -> None:
        await kafka.ensure_topics(self._settings, TOPICS.values())
        while True:
            reader = kafka.consumer(self._settings)
            try:
                await reader.start()
                await self._track(reader)
            except (KafkaError, PyMongoError, OSError) as problem:
                _log.warning("progress.interrupted", reason=repr(problem))
            finally:
                with contextlib.suppress(KafkaError, OSError):
                    await reader.stop()
            await asyncio.sleep(1)

    async def _track(self, reader: AIOKafkaConsumer) -> None:
        topics = {
            TopicPartition(watermarks_topic(service), 0): events_topic(service)
            for service in SERVICES
        }
        reader.assign(list(topics))
        for at, end in (await reader.end_offsets(list(topics))).items():
            reader.seek(at, max(0, end - _TAIL))
        clock = asyncio.get_running_loop().time
        next_ends = 0.0
        while True:
            for at, records in (await reader.getmany(timeout_ms=100)).items():
                for record in records:
                    self._note(topics[at], record.value)
            if clock() >= next_ends:
                next_ends = clock() + self._settings.progress_seconds
                await self._ask_for_ends(reader)
            await self._compare()
            await asyncio.sleep(self._settings.progress_seconds / 2)

    def _note(self, topic: str, value: bytes | None) -> None:
        try:
            self.measures.watermark(topic, msgspec.json.decode(value or b"", type=Watermark))
        except msgspec.MsgspecError as problem:
            _log.warning("progress.not_a_watermark", topic=topic, reason=str(problem))

    async def _ask_for_ends(self, reader: AIOKafkaConsumer) -> None:
        asked_at = self._core.clock.now()
        ends = await reader.end_offsets(generations.all_inputs())
        self.measures.ends_were(asked_at, {source_of(at): end for at, end in ends.items()})

    async def _compare(self) -> None:
        generation = await generations.active(self._core.db)
        self.measures.stored(await generations.stored_offsets(self._core.db, generation))


def _all_reached(wanted: dict[str, int], stored: dict[str, int]) -> bool:
    return all(stored.get(source, 0) >= end for source, end in wanted.items())
