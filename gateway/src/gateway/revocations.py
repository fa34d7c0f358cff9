"""Which sessions are revoked, known in this process within half a second of it happening.

Services check signatures only, so an access token lives there until it runs out (ten minutes);
no client reaches them but through here, and here a revoked session ends at once.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from chassis.clock import Clock
from chassis.mongo import Database, is_transient
from chassis.tasks import ended

from gateway.sessions import store

log = structlog.get_logger()
_MARGIN = timedelta(minutes=1)
_PURGED_EVERY = timedelta(hours=1)


class Revocations:
    """A part: looks into the database again and again; asked on every request."""

    role = "api"

    def __init__(
        self, db: Database, clock: Clock, *, token_lifetime: timedelta, poll_seconds: float
    ) -> None:
        self._db = db
        self._clock = clock
        self._kept_for = token_lifetime + _MARGIN
        self._poll_seconds = poll_seconds
        self._revoked: set[str] = set()
        self._purged_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._revoked

    async def start(self) -> None:
        await self.look()
        self._task = asyncio.create_task(self._keep_looking(), name="revocations")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return True

    async def look(self) -> None:
        """Those revoked longer ago than a token lives need no remembering."""
        since = self._clock.now() - self._kept_for
        self._revoked = set(await store.revoked_since(self._db, since))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.look()
                await self._purge()
            except Exception as problem:
                if not is_transient(problem):
                    raise
                log.warning("revocations.not_read", reason=str(problem))

    async def _purge(self) -> None:
        now = self._clock.now()
        if self._purged_at is None or now - self._purged_at > _PURGED_EVERY:
            await store.purge(self._db, now)
            self._purged_at = now
