"""Erasures, kept outside database and backup, so that a restore brings nobody's data back.

One JSON line per erasure in the file that `TIANLONG_ERASURE_JOURNAL` names. A line is written
after the erasure is durable and may be written twice; each start erases again whoever it names.
"""

import asyncio
import os
from pathlib import Path

import msgspec
import structlog
from chassis.core import Core
from chassis.mongo import Document, is_transient
from chassis.tasks import ended
from chassis.work import Work
from pymongo import ASCENDING, IndexModel
from pymongo.errors import PyMongoError

from customers.contacts.model import Contact
from customers.contacts.people import PEOPLE, PERSON_KEYS

ERASURES = "erasures"
INDEXES = {
    ERASURES: [
        IndexModel(
            [("is_unwritten", ASCENDING)],
            name="unwritten",
            partialFilterExpression={"is_unwritten": True},
        )
    ]
}
POLL_SECONDS = 2.0
_log = structlog.get_logger()


def bury(work: Work, contact: Contact) -> None:
    """Note the erasure, in its own unit of work, for the journal to write."""
    work.put(
        ERASURES,
        {
            "_id": contact.id,
            "customer_id": contact.customer_id,
            "erased_at": contact.erased_at,
            "requested_on": contact.requested_on.isoformat() if contact.requested_on else None,
            "is_unwritten": True,
        },
    )


class Erasure(msgspec.Struct):
    """A line of the journal."""

    contact_id: str
    customer_id: str
    erased_at: str
    requested_on: str | None = None


class ErasureJournal:
    """Writes erasures to the file, and reads it once at the start (role `worker`)."""

    role = "worker"

    def __init__(self, core: Core, path: Path | None) -> None:
        self._db = core.db
        self._path = path
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._path is None:
            return
        await self.erase_again()
        self._task = asyncio.create_task(self._run(), name="erasure-journal")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return self._task is None or not self._task.done()

    async def erase_again(self) -> int:
        """Delete what a restored database still has of people who were erased; how many."""
        erased = [one.contact_id for one in await asyncio.to_thread(self._read)]
        count = 0
        for first in range(0, len(erased), 500):
            condition = {"_id": {"$in": erased[first : first + 500]}}
            gone = await self._db[PERSON_KEYS].delete_many(condition)
            await self._db[PEOPLE].delete_many(condition)
            count += gone.deleted_count
        if count:
            _log.warning("erasures.repeated", people=count)
        return count

    async def write_out(self) -> None:
        """Append what is not written yet; then note that it is."""
        async for erasure in self._db[ERASURES].find({"is_unwritten": True}).sort("erased_at"):
            await asyncio.to_thread(self._append, _line(erasure))
            await self._db[ERASURES].update_one(
                {"_id": erasure["_id"]}, {"$unset": {"is_unwritten": ""}}
            )

    async def _run(self) -> None:
        while True:
            try:
                await self.write_out()
            except PyMongoError as trouble:
                if not is_transient(trouble):
                    raise
            except OSError as trouble:
                _log.error("erasures.not_written", reason=str(trouble))
            await asyncio.sleep(POLL_SECONDS)

    def _read(self) -> list[Erasure]:
        if self._path is None or not self._path.exists():
            return []
        lines = self._path.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Erasure) for line in lines if line.strip()]

    def _append(self, line: bytes) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _line(erasure: Document) -> bytes:
    return (
        msgspec.json.encode(
            Erasure(
                contact_id=erasure["_id"],
                customer_id=erasure["customer_id"],
                erased_at=erasure["erased_at"].isoformat(),
                requested_on=erasure.get("requested_on"),
            )
        )
        + b"\n"
    )
