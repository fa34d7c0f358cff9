"""What becomes of messages: applied, dropped, passed over or held, in units of work.

The one path for live messages, replayed ones and tests. A handler's effects, the guards and what
is held lie in one transaction; a failing message is found, tried three times and held, while the
others go on. MongoDB's own trouble is waited for, and is never a message's fault.
"""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from contracts.envelope import BY_NAME, BY_PAYLOAD, Event

from chassis import held, telemetry
from chassis.commits import Commits
from chassis.guards import Guard, Positions, Verdict, read_guards, write_guards
from chassis.held import BEHIND, GAP, POISON, Failure
from chassis.mongo import is_transient
from chassis.problems import CHINESE, ENGLISH, Conflict, NotFound, Refused, Unavailable
from chassis.received import Message, Received, decode
from chassis.work import Work

_log = structlog.get_logger()

Handler = Callable[[Work, Received[Any]], Awaitable[None]]
TRIES = 3
LARGEST_SLICE = 500
WORTH_FORESEEING = 8
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 30.0


class Subscription(NamedTuple):
    """What a service does with the events of one topic. Several of one topic are merged."""

    topic: str
    handlers: Mapping[type[Event], Handler]


class Culprit(Exception):
    """A handler failed; by which message, and why."""

    def __init__(self, message: Message, cause: Exception) -> None:
        super().__init__(message.id)
        self.message = message
        self.cause = cause


class StillWaiting(Refused):
    """The message cannot be dealt with before an earlier one of its aggregate."""

    slug, status, is_rule = "conflict", 409, False
    titles = {CHINESE: "须先处理更早的事件", ENGLISH: "An earlier event comes first"}


class NotApplied(Refused):
    """The message failed again; it stays held, with the new error."""

    slug, status, is_rule = "conflict", 409, False
    titles = {CHINESE: "重放失败", ENGLISH: "It failed again"}


@dataclass
class _Slice:
    """Messages in order, those known to be poison, and how often they were tried together."""

    messages: list[Message]
    poisons: dict[str, Failure] = field(default_factory=dict)
    tries: int = 0
    overtaken: int = 0


class Intake:
    """The door through which events enter one service."""

    def __init__(
        self, service: str, commits: Commits, subscriptions: Iterable[Subscription]
    ) -> None:
        self.service = service
        self._commits = commits
        self._handlers: dict[str, dict[str, list[tuple[type[Event], Handler]]]] = {}
        self.followed: dict[str, frozenset[str]] = {}
        for subscription in subscriptions:
            self._subscribe(subscription)
        self.positions = Positions(
            service, commits.db, itertools.chain.from_iterable(self.followed.values())
        )
        self._skipped: set[str] | None = None

    def _subscribe(self, subscription: Subscription) -> None:
        table = self._handlers.setdefault(subscription.topic, {})
        types = set(self.followed.get(subscription.topic, ()))
        for payload, handler in subscription.handlers.items():
            kind = BY_PAYLOAD[payload]
            table.setdefault(kind.name, []).append((payload, handler))
            types.add(kind.aggregate)
        self.followed[subscription.topic] = frozenset(types)

    async def take(self, messages: list[Message]) -> None:
        """Deal with all of them; returns when what became of each is durable."""
        waiting = deque(
            _Slice(messages[start : start + LARGEST_SLICE])
            for start in range(0, len(messages), LARGEST_SLICE)
        )
        pause = _FIRST_WAIT
        while waiting:
            current = waiting.popleft()
            try:
                await self._unit(current)
                pause = _FIRST_WAIT
                continue
            except Exception as problem:
                if not _is_passing(problem) or _is_stuck(current, problem):
                    waiting.extendleft(reversed(_after_failure(current, problem)))
                    if current.tries < TRIES:
                        await asyncio.sleep(_FIRST_WAIT * current.tries)
                    continue
                _log.warning("intake.waits", reason=repr(problem), seconds=pause)
            waiting.appendleft(current)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_WAIT)

    async def replay(self, work: Work, held_id: str) -> None:
        """Apply a held message and what waits behind it, within a unit of work.

        Raises:
            NotFound: nothing is held under that id.
            StillWaiting: an earlier event of its aggregate comes first.
            NotApplied: its handler failed again, or that of one behind it.
        """
        document, guard = await self._turn(work, held_id)
        work.delete(held.HELD, held_id)
        try:
            await self._apply(work, held.as_message(document))
            if guard is not None:
                guard.advance(document["seq"])
                await self._release(work, guard, {})
                write_guards(work, [guard])
        except Culprit as failed:
            raise NotApplied(_in_words(failed)) from failed

    async def skip(self, work: Work, held_id: str, reason: str) -> None:
        """Pass over a held message for ever, and go on with what waits behind it.

        Of one that waits for a gap, what is missing before it is passed over, and it is applied.

        Raises:
            NotFound, StillWaiting: as `replay`.
            NotApplied: what waits behind it cannot be applied.
        """
        document, guard = await self._turn(work, held_id, or_gap=True)
        if guard is None or document["reason"] != GAP:
            work.put(held.HELD, held.skip(document, reason, work.actor, work.now))
        if guard is None:
            return
        if document["reason"] == GAP:
            missing = range(guard.last + 1, document["seq"])
            for one in held.passed_over_unseen(guard.aggregate, missing, reason, work):
                work.put(held.HELD, one)
            guard.advance(document["seq"] - 1)
        else:
            guard.advance(document["seq"])
        try:
            await self._release(work, guard, {})
        except Culprit as failed:
            raise NotApplied(_in_words(failed)) from failed
        write_guards(work, [guard])

    async def _unit(self, slice_: _Slice) -> None:
        """One slice as one unit of work."""
        outcomes: Counter[tuple[str, str]] = Counter()

        async def decide(work: Work) -> None:
            outcomes.clear()
            guards = await read_guards(
                work.db, (one.aggregate for one in slice_.messages if self._is_guarded(one))
            )
            await self._foresee(work, guards, slice_.messages)
            for message in slice_.messages:
                outcome = await self._take(work, guards, message, slice_.poisons)
                outcomes[message.topic, outcome] += 1
            write_guards(work, guards.values())

        if self._skipped is None:
            self._skipped = await held.skipped(self._commits.db)
        first = slice_.messages[0]
        await self._commits.run(decide, causation=first.id)
        for (topic, outcome), count in outcomes.items():
            telemetry.EVENTS_HANDLED.labels(topic, outcome).inc(count)
        self.positions.moved()

    async def _foresee(
        self, work: Work, guards: Mapping[str, Guard], messages: Sequence[Message]
    ) -> None:
        """Try all handlers side by side on a unit that is thrown away, for what they read by id.

        In order, each would wait for its own round trip to the database; like this, a slice costs
        a few. What the trial does not foresee is read when it is needed.
        """
        fresh = [
            one
            for one in messages
            if self._is_guarded(one) and one.sequence > guards[one.aggregate].last
        ]
        if len(fresh) < WORTH_FORESEEING:
            return
        scout = work.scout()
        trials = (self._apply(scout, message) for message in fresh)
        await asyncio.gather(*trials, return_exceptions=True)

    async def _take(
        self,
        work: Work,
        guards: dict[str, Guard],
        message: Message,
        poisons: Mapping[str, Failure],
    ) -> str:
        if not self._is_guarded(message):
            return await self._take_unguarded(work, message)
        guard = guards[message.aggregate]
        verdict = guard.judge(message.sequence)
        if verdict is Verdict.DROP:
            return verdict
        if verdict is not Verdict.APPLY:
            reason = GAP if verdict is Verdict.GAP else BEHIND
            held.hold(work, self.service, message, Failure(reason))
            guard.hold(message.sequence, is_poison=False)
            return verdict
        if message.id in poisons:
            held.hold(work, self.service, message, poisons[message.id])
            guard.hold(message.sequence, is_poison=True)
            return POISON
        if message.type not in BY_NAME:
            telemetry.EVENTS_HANDLED.labels(message.topic, "unknown type").inc()
        if message.id not in (self._skipped or ()):
            await self._apply(work, message)
        guard.advance(message.sequence)
        await self._release(work, guard, poisons)
        return verdict

    async def _take_unguarded(self, work: Work, message: Message) -> str:
        """No aggregate that is followed here: not for us, unless even that cannot be read."""
        if message.aggregate and message.type:
            return "passed over"
        if await work.document(held.HELD, message.id) is None:
            what = ", ".join(message.unreadable) or "ce_id or ce_type"
            held.hold(work, self.service, message, Failure(POISON, f"cannot be read: {what}"))
        return POISON

    async def _apply(self, work: Work, message: Message) -> None:
        """Give the event to its handlers; one of a type that nobody here handles has no effect."""
        if message.unreadable:
            raise Culprit(message, ValueError(f"not text: {', '.join(message.unreadable)}"))
        handlers = self._handlers.get(message.topic, {}).get(message.type)
        if handlers is None:
            return
        try:
            for payload, handler in handlers:
                await handler(work, decode(payload, message))
        except Exception as problem:
            if _is_passing(problem):
                raise
            raise Culprit(message, problem) from problem

    async def _release(self, work: Work, guard: Guard, poisons: Mapping[str, Failure]) -> None:
        """Apply what was held and is next in turn now."""
        while guard.held and guard.held[0] == guard.last + 1:
            identifier = f"{guard.aggregate}:{guard.last + 1}"
            document = await work.document(held.HELD, identifier)
            if document is None:
                raise RuntimeError(f"{identifier} is noted as held, and is not")
            if identifier in poisons:
                work.put(held.HELD, document | poisons[identifier]._asdict())
                guard.hold(document["seq"], is_poison=True)
                return
            await self._apply(work, held.as_message(document))
            work.delete(held.HELD, identifier)
            guard.advance(document["seq"])

    async def _turn(
        self, work: Work, held_id: str, *, or_gap: bool = False
    ) -> tuple[dict[str, Any], Guard | None]:
        """A held message whose turn it is, and its aggregate's guard if it has one."""
        document = await work.document(held.HELD, held_id)
        if document is None or document["state"] != held.WAITING:
            raise NotFound("held message", held_id)
        if not self._is_guarded(held.as_message(document)):
            return document, None
        guard = (await read_guards(work.db, [document["aggregate"]]))[document["aggregate"]]
        first = guard.held[0] if guard.held else document["seq"]
        is_gap = or_gap and document["reason"] == GAP and document["seq"] == first
        if document["seq"] != guard.last + 1 and not is_gap:
            earlier = f"{guard.aggregate}:{guard.last + 1}"
            raise StillWaiting({CHINESE: f"先处理 {earlier}", ENGLISH: f"{earlier} comes first"})
        return document, guard

    def _is_guarded(self, message: Message) -> bool:
        return message.aggregate_type in self.followed.get(message.topic, ())


def _after_failure(failed: _Slice, problem: Exception) -> list[_Slice]:
    """How to go on after a slice failed by a fault of a message.

    Three times together; then, if the message is known, what stands before it goes alone and the
    message is held; if not (the commit itself failed), halves are tried until it is found.
    """
    failed.tries += 1
    if failed.tries < TRIES:
        return [failed]
    messages = failed.messages
    if isinstance(problem, Culprit):
        _log.error("intake.poison", event_id=problem.message.id, reason=repr(problem.cause))
        why = Failure(POISON, _in_words(problem))
        poisons = failed.poisons | {problem.message.id: why}
        at = next((n for n, one in enumerate(messages) if one.id == problem.message.id), 0)
        slices = [_Slice(messages[:at], failed.poisons), _Slice(messages[at:], poisons)]
        return [one for one in slices if one.messages]
    if len(messages) == 1:
        _log.error("intake.poison", event_id=messages[0].id, reason=repr(problem))
        why = Failure(POISON, _in_words(problem))
        return [_Slice(messages, failed.poisons | {messages[0].id: why})]
    middle = len(messages) // 2
    return [_Slice(messages[:middle], failed.poisons), _Slice(messages[middle:], failed.poisons)]


def _is_passing(problem: BaseException) -> bool:
    """Not the message's fault: the database is away, busy, or somebody else was faster."""
    return isinstance(problem, Unavailable | Conflict) or is_transient(problem)


def _is_stuck(slice_: _Slice, problem: BaseException) -> bool:
    """Overtaken again and again: that is no coincidence, a message wants what cannot be written."""
    if isinstance(problem, Conflict):
        slice_.overtaken += 1
    return slice_.overtaken > TRIES


def _in_words(problem: BaseException) -> str:
    cause = problem.cause if isinstance(problem, Culprit) else problem
    return f"{type(cause).__name__}: {cause}"[:500]
