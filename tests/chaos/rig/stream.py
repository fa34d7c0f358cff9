"""Insights' fenced stream as a process to be killed or stopped, and a deliberately unfenced one.

`RIG_STOP_FILE`: where that file lies, the process removes it and stops itself (SIGSTOP) right
before its next transaction, its batch and its states in memory, until somebody lets it go on.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from chassis import kafka
from chassis.clock import Clock
from chassis.core import Core
from chassis.http import create_app as http_app
from chassis.mongo import Client, Database
from fastapi import FastAPI
from insights import store
from insights.settings import Settings
from insights.stream.folder import Folder
from insights.stream.holding import Holding
from insights.stream.loop import Stream
from insights.stream.operations import Operations
from insights.stream.slices import Slice
from pymongo.asynchronous.client_session import AsyncClientSession

__all__ = ["Settings", "create_app"]


class Stopping(Folder):
    """The product's folder, which can be made to stop in the middle of a round."""

    def __init__(self, client: Client, db: Database, folded: Callable[[], None]) -> None:
        super().__init__(client, db, folded, writer=f"stream:{Settings().instance}")
        self._stop_file = Path(os.environ.get("RIG_STOP_FILE", "-"))

    async def _commit(self, slices: list[Slice], written: Operations, lane: int) -> None:
        if self._stop_file.exists():
            self._stop_file.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
        await super()._commit(slices, written, lane)


class Unfenced(Stopping):
    """Moves the offset from wherever it is."""

    async def _move(self, one: Slice, session: AsyncClientSession) -> None:
        await self._db[store.OFFSETS].update_one(
            {"_id": one.partition.offset_id},
            {"$set": {"next": one.next, "epoch": one.epoch}},
            session=session,
        )


class Impatient(Stream):
    """Small batches, and a silent rival is given up after six seconds instead of thirty."""

    def reader(self) -> AIOKafkaConsumer:
        return kafka.consumer(
            self._settings,
            group=self.group,
            max_poll_records=40,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=500,
        )


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    core = Core(settings, name="insights", stored=store.STORED, indexes=store.INDEXES, clock=clock)
    kind = Unfenced if os.environ.get("RIG_VARIANT") == "no-fence" else Stopping
    folder = kind(core.client, core.db, lambda: None)
    return http_app(core, routers=[], parts=[Impatient(core, settings, folder, Holding(core))])
