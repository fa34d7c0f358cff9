"""Rebuilding: the next generation is folded from the first record while the old one serves.

Document `{_id: "rebuild", state, generation, is_retired, …}` in `control`: `asked`, `folding`,
`done`; the replaced generation is deleted a little later. Whoever holds the lease does the work
and, after a crash, goes on from the stored offsets. Nothing is published: decisions are facts, and
stay as they are.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from chassis import held, kafka
from chassis.core import Core
from chassis.lease import Lease
from chassis.tasks import ended
from contracts.topics import TOPICS
from pymongo.errors import PyMongoError

from insights import store
from insights.settings import Settings
from insights.stream import generations
from insights.stream.folder import Folder
from insights.stream.loop import FETCH_BYTES
from insights.stream.partitions import Partition

_log = structlog.get_logger()
REBUILD = "rebuild"
ASKED, FOLDING, DONE = "asked", "folding", "done"
UNDER_WAY = (ASKED, FOLDING)
_LOOK_SECONDS = 0.5


async def status(core: Core) -> dict[str, Any] | None:
    """The latest rebuild; None if there never was one."""
    return await core.db[store.CONTROL].find_one({"_id": REBUILD})


class Rebuilding:
    """A part of a process: carries out the rebuild that was asked for."""

    role = "worker"

    def __init__(self, core: Core, settings: Settings) -> None:
        self._core = core
        self._settings = settings
        self._lease = Lease(core.db, "rebuild", settings.instance, seconds=30)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._look_for_ever(), name="rebuild")

    async def stop(self) -> None:
        await ended(self._task)
        await self._lease.release()

    def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def run(self) -> dict[str, Any]:
        """Carry out what is asked for, or a new one, to its end; its final status."""
        found = await status(self._core)
        if found is None or found["state"] not in UNDER_WAY:
            await self.ask(["all"], self._core.clock.now())
        while (found := await status(self._core)) is not None and _is_unfinished(found):
            await self._go_on(found)
        return found or {}

    async def ask(self, projections: list[str], at: datetime) -> None:
        document = {"_id": REBUILD, "state": ASKED, "projections": projections, "asked_at": at}
        await self._core.db[store.CONTROL].replace_one({"_id": REBUILD}, document, upsert=True)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                found = await status(self._core)
                if found is not None and _is_unfinished(found) and await self._lease.hold():
                    await self._go_on(found)
            except (KafkaError, PyMongoError, OSError) as problem:
                _log.warning("rebuild.interrupted", reason=repr(problem))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _go_on(self, found: dict[str, Any]) -> None:
        """The next step of a rebuild; each can be repeated."""
        if found["state"] == ASKED:
            old = await generations.active(self._core.db)
            # What an abandoned attempt left must not be taken for progress, nor stay for ever.
            for other in await generations.others(self._core.db, old):
                await generations.discard(self._core.db, other)
            await self._note(
                state=FOLDING, old=old, generation=old + 1, started_at=self._core.clock.now()
            )
        elif found["state"] == FOLDING:
            await self._fold(found["old"], found["generation"])
        elif self._is_read_no_longer(found):
            await generations.discard(self._core.db, found["old"])
            await self._note(is_retired=True)
        else:
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_read_no_longer(self, found: dict[str, Any]) -> bool:
        """Reads that began on the replaced generation have had time to end."""
        switched_at: datetime = found["switched_at"]
        age = self._core.clock.now() - switched_at
        return age >= timedelta(seconds=self._settings.retired_seconds)

    async def _fold(self, old: int, new: int) -> None:
        await kafka.ensure_topics(self._settings, TOPICS.values())
        if await generations.active(self._core.db) == new:
            # The switch was made, and the process died before it was noted.
            await self._note(state=DONE, is_retired=False, switched_at=self._core.clock.now())
            return
        opened = await generations.open_partitions(self._core.db, new, generations.all_inputs())
        reader = kafka.consumer(
            self._settings,
            max_poll_records=self._settings.catch_up_records,
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        await reader.start()
        try:
            reader.assign(list(opened))
            for at, partition in opened.items():
                reader.seek(at, partition.next)
            await self._fold_until_switched(reader, opened, old, new)
        finally:
            with contextlib.suppress(KafkaError, OSError):
                await reader.stop()

    async def _fold_until_switched(
        self,
        reader: AIOKafkaConsumer,
        opened: dict[TopicPartition, Partition],
        old: int,
        new: int,
    ) -> None:
        writer = f"rebuild:{self._core.settings.instance}"
        folder = Folder(self._core.client, self._core.db, writer=writer)
        folder.skipped = await held.skipped(self._core.db)
        count, began = 0, asyncio.get_running_loop().time()
        ends = await reader.end_offsets(list(opened))
        while True:
            await self._lease.hold()
            records = await reader.getmany(timeout_ms=50)
            if records:
                await folder.take({opened[at]: several for at, several in records.items()})
                for at in records:
                    if opened[at].next >= ends[at]:
                        opened[at].rest()
                count += sum(len(several) for several in records.values())
                await self._note(records=count)
            if any(partition.next < ends[at] for at, partition in opened.items()):
                continue
            if await generations.switch(self._core.client, self._core.db, old, new):
                break
            ends = await reader.end_offsets(list(opened))
        seconds = asyncio.get_running_loop().time() - began
        await self._note(
            state=DONE,
            is_retired=False,
            records=count,
            seconds=round(seconds, 3),
            switched_at=self._core.clock.now(),
        )
        _log.info("rebuild.switched", generation=new, records=count, seconds=seconds)

    async def _note(self, **changes: Any) -> None:
        await self._core.db[store.CONTROL].update_one({"_id": REBUILD}, {"$set": changes})


def _is_unfinished(found: dict[str, Any]) -> bool:
    return found["state"] in UNDER_WAY or not found.get("is_retired", True)
