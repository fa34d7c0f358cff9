"""Watermarks: "everything recorded before T lies before these offsets".

Written by the relay's process to the compacted topic `<service>.watermarks.v1`. Absence (nobody
did it in time) can be judged from nothing else: a quiet partition proves nothing.
"""

import asyncio
import contextlib
from datetime import timedelta

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from contracts.topics import events_topic, watermarks_topic
from pymongo.errors import PyMongoError

from chassis import kafka, telemetry
from chassis.clock import rfc3339
from chassis.core import Core
from chassis.events import EVENTS_COLLECTION
from chassis.kafka import KafkaError
from chassis.lease import Lease
from chassis.tasks import ended

_log = structlog.get_logger()

KEY = b"watermark"


class Watermarks:
    """A part of a process: writes one watermark every few seconds."""

    role = "relay"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._events = core.db[EVENTS_COLLECTION]
        self._lease = Lease(core.db, "watermarks", core.settings.instance)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._write_for_ever(), name="watermarks")

    async def stop(self) -> None:
        await ended(self._task)
        await self._lease.release()

    def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _write_for_ever(self) -> None:
        while True:
            producer = kafka.producer(self._core.settings)
            reader = kafka.consumer(self._core.settings)
            try:
                await producer.start()
                await reader.start()
                while True:
                    await self._count_pending()
                    if await self._lease.hold():
                        await self.write(producer, reader)
                    await asyncio.sleep(self._core.settings.watermark_seconds)
            except (KafkaError, PyMongoError, OSError) as problem:
                _log.warning("watermarks.interrupted", reason=repr(problem))
            finally:
                with contextlib.suppress(KafkaError, OSError):
                    await reader.stop()
                with contextlib.suppress(KafkaError, OSError):
                    await producer.stop()
            await asyncio.sleep(1)

    async def write(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> bool:
        """One watermark; False if something recorded before its T is still pending.

        T lies further back than a unit of work may last from its time stamp to its commit, so
        nothing recorded before T can become pending afterwards. The offsets are asked for after
        the look at the log, or something sent in between would lie behind them.
        """
        passed = self._core.clock.now() - timedelta(
            seconds=self._core.settings.watermark_lag_seconds
        )
        if await self._events.find_one({"pending": 1, "recorded_at": {"$lt": passed}}):
            return False
        offsets = await self._end_offsets(producer, reader)
        control = await self._core.db["control"].find_one({"_id": "log"})
        watermark = {
            "T": rfc3339(passed),
            "offsets": offsets,
            "epoch": (control or {}).get("epoch", 1),
        }
        topic = watermarks_topic(self._core.name)
        await producer.send_and_wait(topic, msgspec.json.encode(watermark), key=KEY)
        return True

    async def _end_offsets(
        self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer
    ) -> dict[str, int]:
        partitions = await producer.partitions_for(events_topic(self._core.name))
        ends = await reader.end_offsets(
            [TopicPartition(events_topic(self._core.name), partition) for partition in partitions]
        )
        return {str(found.partition): offset for found, offset in sorted(ends.items())}

    async def _count_pending(self) -> None:
        telemetry.EVENTS_PENDING.set(await self._events.count_documents({"pending": 1}))
