"""Who carries out import jobs: in the background, under a lease, again after a crash."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

import structlog

from chassis.core import Core
from chassis.ids import new_id
from chassis.imports.jobs import INDEXES, Jobs
from chassis.imports.kinds import ImportKind
from chassis.imports.run import LONGEST_PAUSE, OUR_FAULT, Interrupted, Run
from chassis.lease import Lease
from chassis.mongo import Document, is_transient, make_indexes
from chassis.problems import Refused

_log = structlog.get_logger()

LEASE_SECONDS = 15.0
POLL_SECONDS = 1.0
_wakes: WeakKeyDictionary[Core, asyncio.Event] = WeakKeyDictionary()


def wake_of(core: Core) -> asyncio.Event:
    """Set when a job was added in this very process, so that nobody waits for the poll."""
    return _wakes.setdefault(core, asyncio.Event())


class ImportWorker:
    """The part of a service that carries out its import jobs (role `worker`)."""

    role = "worker"

    def __init__(self, kinds: Sequence[ImportKind], core: Core) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._core = core
        self._commits = core.commits
        self._jobs = Jobs(core.db)
        self._settings = core.settings
        self._holder = f"{core.settings.instance}-{os.getpid()}-{new_id()[-6:]}"
        self._wake = wake_of(core)
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await make_indexes(self._core.db, INDEXES)
        self._is_stopping = False
        self._task = asyncio.create_task(self._work(), name="imports")

    async def stop(self) -> None:
        """Let the rows in flight end; the rest waits for the next start."""
        self._is_stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    def ready(self) -> bool:
        return True

    async def _work(self) -> None:
        pause = POLL_SECONDS
        while not self._is_stopping:
            self._wake.clear()
            try:
                await self._jobs.drop_orphans(self._commits.clock.now() - timedelta(days=1))
                async for job in self._jobs.waiting():
                    await self._take(job)
                pause = POLL_SECONDS
            except Exception as error:
                if not is_transient(error):
                    _log.exception("imports.trouble")
                pause = min(pause * 2, LONGEST_PAUSE)
            await self._woken(pause)

    async def _woken(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _take(self, listed: Document) -> None:
        """Carry a job out under a lease, unless somebody else holds it."""
        lease = Lease(self._commits.db, f"import:{listed['_id']}", self._holder, LEASE_SECONDS)
        if self._is_stopping or not await lease.hold():
            return
        renewal = asyncio.create_task(_renewed(lease), name="import-lease")
        try:
            job = await self._jobs.find(listed["_id"])
            if job is not None and job["status"] in ("queued", "running"):
                await self._carry_out(job, lambda: self._is_stopping or renewal.done())
        except Interrupted:
            _log.info("imports.interrupted", job=listed["_id"])
        finally:
            renewal.cancel()
            await lease.release()

    async def _carry_out(self, job: Document, is_interrupted: Callable[[], bool]) -> None:
        await self._jobs.start(job["_id"], self._commits.clock.now())
        problem = None
        try:
            await self._run(job, is_interrupted)
        except Exception as error:
            if isinstance(error, Interrupted) or is_transient(error):
                raise
            _log.exception("imports.job_failed", job=job["_id"])
            problem = Refused(OUR_FAULT).document(job["language"])
        await self._jobs.finish(job["_id"], self._commits.clock.now(), problem=problem)
        await self._jobs.drop_file(job["file"])

    async def _run(self, job: Document, is_interrupted: Callable[[], bool]) -> None:
        with tempfile.TemporaryDirectory(prefix="tianlong-import-") as folder:
            path = Path(folder) / "file"
            await self._jobs.fetch_file(job["file"], path)
            kind = self._kinds[job["kind"]]
            run = Run(kind, job, path, self._commits, self._settings, is_interrupted)
            while await run.next_chunk():
                pass


async def _renewed(lease: Lease) -> None:
    """Ends when the lease is lost."""
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            if not await lease.hold():
                return
        except Exception as error:
            if not is_transient(error):
                raise
