"""Group commit: units of work that are ready at the same moment share one transaction.

As databases do with their logs: a group is what gathered while the last one was committing (up
to 64 units with disjoint write sets; no waiting). If a group fails it is taken apart and each
unit commits alone, so that only the culprit decides again. After an unknown commit result each
unit looks for its own command id in the log before it is tried again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import pymongo
import structlog
from pymongo import InsertOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

from chassis.clock import Clock, Company
from chassis.events import EVENTS_COLLECTION, EventLog, Provenance
from chassis.failpoints import failpoint
from chassis.ids import new_id
from chassis.lookups import Lookups
from chassis.mongo import OPERATION_SECONDS, Client, Database, is_transient
from chassis.problems import CHINESE, ENGLISH, Conflict, Refused, Unavailable
from chassis.reactions import ReactionTable, react
from chassis.scopes import Caller, Scope
from chassis.sessions import own_session
from chassis.work import GuardLocks, Operation, Work, Writes

log = structlog.get_logger()
T = TypeVar("T")

ANSWERS_COLLECTION = "answers"
LARGEST_GROUP = 64
LONGEST_QUEUE = 2048
ATTEMPTS = 4
_DUPLICATE_KEY = 11000

Decide = Callable[[Work], Awaitable[T]]
Answered = Callable[[Work, Any], Awaitable[dict[str, Any] | None]]


class Superseded(Exception):
    """A document is no longer the version that was read (or exists already): decide again."""


class _Waiting(NamedTuple):
    writes: Writes
    done: asyncio.Future[None]


class Commits:
    """Runs units of work and makes them durable, in groups. One per process and database."""

    def __init__(
        self,
        client: Client,
        db: Database,
        event_log: EventLog,
        clock: Clock,
        *,
        service: str,
        instance: str = "1",
        scope_of: Callable[[Caller, str], Awaitable[Scope]] | None = None,
        company: Company | None = None,
        reactions: ReactionTable | None = None,
    ) -> None:
        self._client = client
        self.db = db
        self._event_log = event_log
        self.clock = clock
        self.lookups = Lookups(db)
        self.committed: Callable[[], None] = _nobody_listens
        self._service = service
        self._instance = instance
        self._session: AsyncClientSession | None = None
        self._scope_of = scope_of
        self.company = company or Company()
        self._reactions = reactions or {}
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._locks = GuardLocks()
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    async def start(self) -> None:
        self._session = await own_session(self._client, self.db, f"commits:{self._instance}")
        self._task = asyncio.create_task(self._commit_groups(), name="commits")

    async def stop(self) -> None:
        """Finish what is queued, then stop."""
        self._is_stopping = True
        self._arrived.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session is not None:
            await self._session.end_session()

    async def run(
        self,
        decide: Decide[T],
        *,
        caller: Caller | None = None,
        actor: str | None = None,
        command: str | None = None,
        correlation: str | None = None,
        causation: str | None = None,
        traceparent: str | None = None,
        answered: Answered | None = None,
        may_decide_again: bool = True,
    ) -> T:
        """Decide and make durable; decided again, up to three times, if it was overtaken.

        Raises:
            Refused: by the command; what it kept is durable all the same.
            Conflict: overtaken each time.
            Unavailable: the queue is full, or MongoDB does not answer.
        """
        command = command or new_id()
        for attempt in range(ATTEMPTS):
            provenance = Provenance(
                now=self.clock.now(),
                actor=actor or (caller.actor if caller else f"service:{self._service}"),
                command=command,
                correlation=correlation or command,
                causation=causation or command,
                traceparent=traceparent,
            )
            work = Work(
                self.db,
                self.lookups,
                self._event_log,
                provenance,
                caller=caller,
                scope_of=self._scope_of,
                guards=self._locks,
                company=self.company,
            )
            try:
                return await self._decide_once(work, decide, answered)
            except Superseded as overtaken:
                if attempt == ATTEMPTS - 1 or not may_decide_again:
                    raise Conflict from overtaken
            except PyMongoError as error:
                if is_transient(error):
                    raise _database_is_away() from error
                raise
            finally:
                work.release()
        raise AssertionError("unreachable")

    async def _decide_once(self, work: Work, decide: Decide[T], answered: Answered | None) -> T:
        try:
            result = await decide(work)
            await react(work, self._reactions)
        except Refused as refusal:
            writes = work.writes(is_refused=True)
            if answered is not None and refusal.is_rule:
                _attach(writes, await answered(work, refusal))
            if writes:
                await self.submit(writes)
            raise
        writes = work.writes()
        if answered is not None:
            _attach(writes, await answered(work, result))
        if writes:
            await self.submit(writes)
        work.settle()
        return result

    async def submit(self, writes: Writes) -> None:
        """Queue what one unit leaves behind; returns when it is durable.

        Raises:
            Superseded: it was decided on something that is no longer so.
            Unavailable: the queue is full, or MongoDB does not answer.
        """
        if self._is_stopping:
            raise Unavailable({CHINESE: "服务正在停止", ENGLISH: "the process is stopping"})
        if len(self._queue) >= LONGEST_QUEUE:
            raise Unavailable(
                {CHINESE: "写入队列已满", ENGLISH: "too many writes are waiting"}, retry_after=1
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(writes, done))
        self._arrived.set()
        await done

    async def _commit_groups(self) -> None:
        while not (self._is_stopping and not self._queue):
            await self._arrived.wait()
            group = self._next_group()
            if not group:
                self._arrived.clear()
                continue
            try:
                await self._commit_group(group)
            except asyncio.CancelledError:
                for waiting in group:
                    waiting.done.cancel()
                raise
            except Exception as error:
                log.exception("commit.failed", units=len(group))
                for waiting in group:
                    _fail(waiting, error)

    def _next_group(self) -> list[_Waiting]:
        """The oldest waiting units whose write sets are disjoint; the others stay in order."""
        group: list[_Waiting] = []
        taken: set[tuple[str, Any]] = set()
        left: deque[_Waiting] = deque()
        while self._queue and len(group) < LARGEST_GROUP:
            waiting = self._queue.popleft()
            if taken.isdisjoint(waiting.writes.keys):
                group.append(waiting)
            else:
                left.append(waiting)
            # A unit that was passed over also reserves its keys, or it would be overtaken.
            taken |= waiting.writes.keys
        self._queue.extendleft(reversed(left))
        return group

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            await self._transaction([waiting.writes for waiting in group])
        except (Superseded, PyMongoError) as error:
            if len(group) == 1:
                await self._settle_failure(group[0], error)
                return
            for waiting in group:
                await self._commit_alone(waiting, is_unsure=is_transient(error))
            return
        for waiting in group:
            _succeed(waiting)

    async def _commit_alone(self, waiting: _Waiting, *, is_unsure: bool) -> None:
        try:
            if is_unsure and await self._is_durable(waiting.writes):
                _succeed(waiting)
                return
            await self._transaction([waiting.writes])
        except (Superseded, PyMongoError) as error:
            await self._settle_failure(waiting, error)
            return
        _succeed(waiting)

    async def _settle_failure(self, waiting: _Waiting, error: Exception) -> None:
        """One unit failed by itself. Perhaps it is durable all the same, or never will be."""
        if not is_transient(error):
            _fail(waiting, error)
            return
        try:
            if await self._is_durable(waiting.writes):
                _succeed(waiting)
                return
        except PyMongoError:
            log.warning("commit.unknown", command=waiting.writes.command)
        _fail(waiting, _database_is_away())

    async def _is_durable(self, writes: Writes) -> bool:
        """Whether this very unit was committed: its first event or its answer is its own."""
        if writes.events:
            first = await self.db[EVENTS_COLLECTION].find_one(
                {"_id": writes.events[0]["_id"]}, {"command": 1}
            )
            return first is not None and first["command"] == writes.command
        if writes.answer is not None:
            answer = await self.db[ANSWERS_COLLECTION].find_one(
                {"_id": writes.answer["_id"]}, {"command": 1}
            )
            return answer is not None and answer["command"] == writes.command
        return False

    async def _transaction(self, units: list[Writes]) -> None:
        async def write(session: AsyncClientSession) -> None:
            await self._write(units, session)

        if self._session is None:
            raise RuntimeError("the write path was not started")
        failpoint("commit.before")
        with pymongo.timeout(OPERATION_SECONDS):
            await self._session.with_transaction(write)
        failpoint("commit.after")
        self.committed()

    async def _write(self, units: list[Writes], session: AsyncClientSession) -> None:
        merged = _merge(units)
        try:
            for collection, operations in merged.checked.items():
                outcome = await self.db[collection].bulk_write(
                    _inserts_first(operations), session=session
                )
                if outcome.matched_count != merged.matches[collection]:
                    raise Superseded(collection)
            failpoint("commit.middle_of_group")
            for collection, operations in merged.loose.items():
                await self.db[collection].bulk_write(operations, session=session)
            answers = [unit.answer for unit in units if unit.answer is not None]
            if answers:
                await self.db[ANSWERS_COLLECTION].insert_many(answers, session=session)
            if merged.events:
                await self.db[EVENTS_COLLECTION].insert_many(merged.events, session=session)
        except (BulkWriteError, DuplicateKeyError) as error:
            if _is_duplicate(error):
                raise Superseded(str(error)) from error
            raise


def _inserts_first(operations: list[Operation]) -> list[Operation]:
    """Each is about another document, so the order is free; every change of kind is a round trip.

    Not `ordered=False`: what goes on after a duplicate key finds the transaction gone, and hides
    the one reason behind a passing one.
    """
    return sorted(operations, key=lambda operation: not isinstance(operation, InsertOne))


def _nobody_listens() -> None:
    """Until a relay of the same process wants to be woken by commits."""


def _merge(units: list[Writes]) -> Writes:
    if len(units) == 1:
        return units[0]
    merged = Writes("")
    for unit in units:
        for collection, operations in unit.checked.items():
            merged.checked.setdefault(collection, []).extend(operations)
            matches = merged.matches.get(collection, 0) + unit.matches[collection]
            merged.matches[collection] = matches
        for collection, operations in unit.loose.items():
            merged.loose.setdefault(collection, []).extend(operations)
        merged.events.extend(unit.events)
    return merged


def _attach(writes: Writes, answer: dict[str, Any] | None) -> None:
    if answer is not None:
        writes.answer = answer | {"command": writes.command}
        writes.keys.add((ANSWERS_COLLECTION, answer["_id"]))


def _is_duplicate(error: OperationFailure) -> bool:
    if error.code == _DUPLICATE_KEY:
        return True
    details = error.details or {}
    return any(one.get("code") == _DUPLICATE_KEY for one in details.get("writeErrors", []))


def _succeed(waiting: _Waiting) -> None:
    if not waiting.done.done():
        waiting.done.set_result(None)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(error)


def _database_is_away() -> Unavailable:
    return Unavailable(
        {CHINESE: "数据库暂时不可用", ENGLISH: "the database does not answer"}, retry_after=2
    )
