"""The evaluator as a part of a process: one of several leads, and looks about once a second."""

import asyncio
from datetime import timedelta

import structlog
from chassis.core import Core
from chassis.lease import Lease
from chassis.problems import Refused
from chassis.tasks import ended
from pymongo.errors import PyMongoError

from insights.evaluator.alerts import Firing
from insights.evaluator.tiers import Ranking
from insights.settings import Settings
from insights.stream.progress import Progress

_log = structlog.get_logger()
# Older knowledge of being caught up says nothing about now.
FRESH = timedelta(seconds=5)


class Evaluator:
    role = "worker"

    def __init__(self, core: Core, settings: Settings, progress: Progress) -> None:
        self._core = core
        self._settings = settings
        self._progress = progress
        self._ranking = Ranking(core)
        self._firing = Firing(core)
        self._lease = Lease(core.db, "evaluator", settings.instance)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._look_for_ever(), name="evaluator")

    async def stop(self) -> None:
        await ended(self._task)
        await self._lease.release()

    def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def look(self) -> None:
        """Decide what can be decided now."""
        now, caught_up_at = self._core.clock.now(), self._progress.caught_up_at
        passed = self._progress.passed
        if caught_up_at is not None and caught_up_at >= now - FRESH:
            await self._ranking.look(now, passed)
        await self._firing.look(passed)

    async def _look_for_ever(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                if await self._lease.hold():
                    await self.look()
            except (PyMongoError, OSError, Refused) as problem:
                _log.warning("evaluator.interrupted", reason=repr(problem))
            except Exception:
                # A fault of ours must be seen, and must not end the looking for good.
                _log.exception("evaluator.failed")
            # At most a fifth of the time, however many customers there are to rank.
            await asyncio.sleep(max(self._settings.evaluate_seconds, 4 * (clock() - began)))
