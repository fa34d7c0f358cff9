"""Timers: something is to happen at a time, unless it is cancelled before.

A timer is a document that the unit of work of a command or handler sets or cancels, together with
whatever made it do so. When it is due, its handler runs in a unit of work that also ends it: it
has happened once, or not at all, and never after it was cancelled. Timers survive restarts; those
that came due meanwhile are told late, in the order of their times.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo import ASCENDING, IndexModel

from chassis.core import Core
from chassis.ids import new_id
from chassis.lease import Lease
from chassis.mongo import Document, is_transient
from chassis.problems import Conflict, Unavailable
from chassis.tasks import ended
from chassis.work import Work

TIMERS = "timers"
INDEXES = {
    TIMERS: [
        IndexModel([("due_at", ASCENDING)], name="due"),
        # What fired leaves a mark, which a late cancellation may find; it need not stay.
        IndexModel([("fired_at", ASCENDING)], name="fired", expireAfterSeconds=24 * 3600),
    ]
}
AT_ONCE = 200
_PATIENCE = timedelta(minutes=5)

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Timer:
    """`kind` decides which handler is told; `subject` is what it is about, an id as a rule."""

    kind: str
    subject: str
    due_at: datetime
    detail: Document


Handler = Callable[[Work, Timer], Awaitable[Any]]


def set_timer(work: Work, kind: str, subject: str, due_at: datetime, **detail: Any) -> None:
    """Let `kind` happen to `subject` at `due_at`; one that is set already is set anew."""
    work.put(
        TIMERS,
        {
            "_id": _name(kind, subject),
            "kind": kind,
            "subject": subject,
            "due_at": due_at,
            "detail": detail,
            "setting": new_id(),
        },
    )


def cancel_timer(work: Work, kind: str, subject: str) -> None:
    """It happens no more; if it was not set, or has happened, nothing changes."""
    work.delete(TIMERS, _name(kind, subject))


async def timer_of(work: Work, kind: str, subject: str) -> Timer | None:
    """The timer, if it is set and has not fired."""
    document = await work.document(TIMERS, _name(kind, subject))
    return None if document is None or "due_at" not in document else _timer(document)


class Timers:
    """Fires what is due; of several processes one does it (role `worker`)."""

    role = "worker"

    def __init__(
        self, core: Core, handlers: Mapping[str, Handler], *, look_seconds: float = 1.0
    ) -> None:
        self._commits = core.commits
        self._handlers = dict(handlers)
        self._seconds = look_seconds
        self._lease = Lease(core.db, "timers", core.settings.instance)
        self._refused: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="timers")

    async def stop(self) -> None:
        await ended(self._task)
        await self._lease.release()

    def ready(self) -> bool:
        return True

    async def _run(self) -> None:
        while True:
            try:
                if await self._lease.hold():
                    await self.fire_due()
            except Exception as trouble:
                if isinstance(trouble, Unavailable) or is_transient(trouble):
                    _log.warning("timers.wait", reason=str(trouble))
                else:
                    # A fault of ours must be seen, and must not end the looking for good.
                    _log.exception("timers.failed")
            await asyncio.sleep(self._seconds)

    async def fire_due(self) -> int:
        """Fire what is due by the clock, the earliest first; how many that were."""
        fired = 0
        while listed := await self._due():
            told = await asyncio.gather(*(self._told(one) for one in listed))
            fired += sum(told)
            if not any(told):
                break
        return fired

    async def _due(self) -> list[Document]:
        now = self._commits.clock.now()
        self._refused = {name: until for name, until in self._refused.items() if until > now}
        due = {
            "due_at": {"$lte": now},
            "kind": {"$in": sorted(self._handlers)},
            "_id": {"$nin": sorted(self._refused)},
        }
        found = self._commits.db[TIMERS].find(due).sort("due_at", ASCENDING)
        return await found.limit(AT_ONCE).to_list()

    async def _told(self, listed: Document) -> bool:
        name = listed["_id"]
        try:
            return await self._commits.run(lambda work: self._fire(work, name))
        except Conflict:  # changed meanwhile: the next look sees what is left
            return False
        except Unavailable:
            raise
        except Exception as trouble:
            # One that cannot be told is no reason to keep the others waiting.
            if is_transient(trouble):
                raise
            self._refused[name] = self._commits.clock.now() + _PATIENCE
            _log.exception("timer.failed", timer=name)
            return False

    async def _fire(self, work: Work, name: str) -> bool:
        document = await work.document(TIMERS, name)
        if document is None or document.get("due_at") is None or document["due_at"] > work.now:
            return False
        timer = _timer(document)
        # Marked before the handler runs, so that it may set the same timer anew.
        fired = {"_id": name, "fired_at": work.now}
        work.replace_seen(TIMERS, fired, seen={"setting": document["setting"]})
        await self._handlers[timer.kind](work, timer)
        return True


def _name(kind: str, subject: str) -> str:
    return f"{kind}:{subject}"


def _timer(document: Document) -> Timer:
    return Timer(
        kind=document["kind"],
        subject=document["subject"],
        due_at=document["due_at"],
        detail=document["detail"],
    )
