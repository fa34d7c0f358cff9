"""The loop: batches from Kafka, folded and stored round by round, until it is stopped.

Kafka's group hands out partitions and nothing else: where to read on is what the database says.
Whenever that may differ from what was believed (a rebalance, a lost fence, an aborted round), the
partitions are forgotten and opened again from their stored offsets.
"""

import asyncio
import contextlib
import gc
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from chassis import kafka, telemetry
from chassis.core import Core
from chassis.mongo import is_transient
from chassis.tasks import ended
from contracts.topics import TOPICS
from pymongo.errors import PyMongoError

from insights.fold.inputs import epoch_of
from insights.settings import Settings
from insights.stream import generations
from insights.stream.folder import Fenced, Folder
from insights.stream.holding import Holding
from insights.stream.partitions import Partition

_log = structlog.get_logger()
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 30.0
_UPKEEP_SECONDS = 1.0
# Of each of 48 partitions so much may lie in memory unread.
FETCH_BYTES = 512 * 1024
_REST_AFTER_SECONDS = 15.0


class Stream:
    """A part of a process: folds the partitions that the group gives it."""

    role = "worker"

    def __init__(self, core: Core, settings: Settings, folder: Folder, holding: Holding) -> None:
        self._core = core
        self._settings = settings
        self.folder = folder
        self._holding = holding
        self.partitions: dict[TopicPartition, Partition] = {}
        self._sought: set[TopicPartition] = set()
        self._busy_at = time.monotonic()
        self._is_resting = False
        self._kept_up_at = 0.0
        self._joined = False
        self.group = f"{core.db.name}-stream"
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._read_for_ever(), name="stream")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return self._joined and self._task is not None and not self._task.done()

    def forget(self) -> None:
        """Believe nothing: every partition is opened again from its stored offset."""
        self.partitions.clear()
        self._sought.clear()

    def reader(self) -> AIOKafkaConsumer:
        """Not started."""
        return kafka.consumer(
            self._settings,
            group=self.group,
            max_poll_records=self._settings.catch_up_records,
            max_partition_fetch_bytes=FETCH_BYTES,
        )

    def subscribe(self, reader: AIOKafkaConsumer) -> None:
        reader.subscribe(list(generations.INPUTS), listener=_Listener(self))

    async def _read_for_ever(self) -> None:
        await kafka.ensure_topics(self._settings, TOPICS.values())
        pause = _FIRST_WAIT
        while True:
            reader = self.reader()
            self.subscribe(reader)
            try:
                await reader.start()
                self._joined = True
                while True:
                    await self.round(reader)
                    pause = _FIRST_WAIT
            except (KafkaError, PyMongoError, OSError) as problem:
                _log.warning("stream.interrupted", reason=repr(problem), retry_in=pause)
            except Exception:
                # A fault of ours must be seen, and must not end the folding for good.
                _log.exception("stream.failed", retry_in=pause)
            finally:
                self.forget()
                with contextlib.suppress(KafkaError, OSError):
                    await reader.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_WAIT)

    async def round(self, reader: AIOKafkaConsumer) -> int:
        """Read, fold, store; how many records were dealt with."""
        records = await reader.getmany(timeout_ms=200)
        fresh = await self._open(reader, reader.assignment())
        rounds: dict[Partition, Sequence[Any]] = {}
        for at, several in records.items():
            partition = self.partitions.get(at)
            if partition is None or at in fresh:
                continue
            epoch = epoch_of(several[0])
            if epoch > partition.epoch:
                _log.warning("stream.log_begun_anew", source=partition.source, epoch=epoch)
                await generations.begin_again(self._core.db, partition, epoch)
                self.forget()
                return 0
            if several[0].offset > partition.next and at not in self._sought:
                # Not where we left off. If it is again after a seek, the log has a hole there.
                reader.seek(at, partition.next)
                self._sought.add(at)
                continue
            rounds[partition] = several
        if rounds:
            self._busy_at, self._is_resting = time.monotonic(), False
            await self._take(rounds)
        await self._keep_up(reader)
        return sum(len(several) for several in rounds.values())

    async def _take(self, rounds: dict[Partition, Sequence[Any]]) -> None:
        try:
            await self.folder.take(rounds)
        except Fenced as lost:
            _log.info("stream.fenced", partition=str(lost))
            self.forget()
        except PyMongoError as problem:
            self.forget()
            if not is_transient(problem):
                raise
            _log.warning("stream.database_away", reason=repr(problem))
            await asyncio.sleep(_FIRST_WAIT)
        else:
            self._sought.difference_update(one.at for one in rounds)
            for partition, records in rounds.items():
                handled = telemetry.EVENTS_HANDLED.labels(partition.at.topic, "folded")
                handled.inc(len(records))

    async def _open(
        self, reader: AIOKafkaConsumer, assigned: Iterable[TopicPartition]
    ) -> set[TopicPartition]:
        """Newly assigned partitions, put to where their stored effects end."""
        missing = [at for at in assigned if at not in self.partitions]
        if not missing:
            return set()
        generation = await generations.active(self._core.db)
        opened = await generations.open_partitions(self._core.db, generation, missing)
        for at, partition in opened.items():
            if at not in reader.assignment():
                continue
            reader.seek(at, partition.next)
            self.partitions[at] = partition
        return set(missing)

    async def _keep_up(self, reader: AIOKafkaConsumer) -> None:
        """Now and then: what operators decided about held messages, and how far behind we are."""
        if time.monotonic() < self._kept_up_at + _UPKEEP_SECONDS:
            return
        self._kept_up_at = time.monotonic()
        generation = await generations.active(self._core.db)
        if any(one.generation != generation for one in self.partitions.values()):
            # A rebuild has switched; where nothing happens, no fence would tell.
            self.forget()
            return
        try:
            await self._holding.heed(self.partitions.values(), self.folder)
        except Fenced:
            self.forget()
        if not self._is_resting and time.monotonic() > self._busy_at + _REST_AFTER_SECONDS:
            self._rest()
        lag: dict[str, int] = defaultdict(int)
        for at, partition in self.partitions.items():
            end = reader.highwater(at) if at in reader.assignment() else None
            lag[at.topic] += max(0, (end or 0) - partition.next)
        for topic in generations.INPUTS:
            telemetry.CONSUMER_LAG.labels(topic, self.group).set(lag[topic])

    def _rest(self) -> None:
        """After a flood: the memory that it needed goes back."""
        self._is_resting = True
        for partition in self.partitions.values():
            partition.rest()
        gc.collect()


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        self._stream.forget()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        _log.info("stream.assigned", partitions=len(list(assigned)))
        self._stream.forget()
