"""The part that settles visits of days gone by: forgotten check-outs, and visits nobody made."""

import asyncio
from datetime import timedelta

import structlog
from chassis.commits import Commits
from chassis.lease import Lease
from chassis.mongo import is_transient
from chassis.problems import Conflict, Unavailable
from chassis.settings import ServiceSettings
from chassis.tasks import ended

from field.policy import FieldPolicy
from field.visits import commands, queries
from field.visits.model import VisitStatus

_log = structlog.get_logger()
MOST_AT_ONCE = 200
GRACE = timedelta(hours=2)
"""After midnight the phones of the day may still hand in what they queued."""


class DayClosing:
    """Looks every minute; of several processes one does it (role `worker`)."""

    role = "worker"

    def __init__(self, commits: Commits, settings: ServiceSettings, policy: FieldPolicy) -> None:
        self._commits = commits
        self._policy = policy
        self._seconds = 60.0
        self._lease = Lease(commits.db, "day-closing", settings.instance, self._seconds * 2)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="day-closing")

    async def stop(self) -> None:
        await ended(self._task)
        await self._lease.release()

    def ready(self) -> bool:
        return True

    async def _run(self) -> None:
        while True:
            try:
                if await self._lease.hold():
                    await self.settle()
            except Exception as trouble:
                if not isinstance(trouble, Unavailable) and not is_transient(trouble):
                    raise
                _log.warning("day_closing.waits", reason=str(trouble))
            await asyncio.sleep(self._seconds)

    async def settle(self) -> int:
        """Settle what is due; how many visits that were."""
        today = self._policy.local_date(self._commits.clock.now() - GRACE)
        settled = 0
        for status in (VisitStatus.CHECKED_IN, VisitStatus.PLANNED):
            while ids := await queries.left_open(self._commits.db, status, today, MOST_AT_ONCE):
                for visit_id in ids:
                    settled += await self._settled(visit_id)
        return settled

    async def _settled(self, visit_id: str) -> int:
        try:
            done = await self._commits.run(lambda work: commands.settle_day_gone_by(work, visit_id))
        except Conflict:  # somebody was faster; the next look sees what is left
            return 0
        return 1 if done else 0
