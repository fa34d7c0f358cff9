"""Live updates: one reader of all partitions in this process, fanned out to whoever listens.

No consumer group: every process of the gateway reads everything while somebody is connected to
it. A listener that is too slow is cut off, and comes back with its `Last-Event-ID`, which is a
cursor of the feed.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import NamedTuple

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer
from chassis.core import Core
from chassis.kafka import KafkaError
from chassis.mongo import Document, is_transient
from chassis.problems import CHINESE, ENGLISH, Unavailable
from chassis.received import Message, message_of
from chassis.scopes import Caller
from chassis.tasks import ended

from gateway import feed
from gateway.feed import Feed, Positions, TypeFilter
from gateway.rights import Sight, governing, rights_for, rights_of

log = structlog.get_logger()
_QUEUE = 1_000
_REPLAY_PAGE = 200
_RECENT = 10_000
_START_SECONDS = 5.0
# How long what a listener may see is taken as known.
_SIGHT_SECONDS = 5.0


class Told(NamedTuple):
    """One event with whose it is, and the cursor of whoever has read up to here."""

    message: Message
    rights: Document
    cursor: str


class Listener:
    """One open stream: bounded; `is_cut` when it fell behind or the log was lost."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Told] = asyncio.Queue(_QUEUE)
        self.is_cut = asyncio.Event()

    def tell(self, told: Told) -> None:
        try:
            self.queue.put_nowait(told)
        except asyncio.QueueFull:
            self.is_cut.set()


class Live:
    """A part: reads while there are listeners."""

    role = "api"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._listeners: set[Listener] = set()
        self._positions: Positions = []
        self._reading: asyncio.Task[None] | None = None
        self._at_place = asyncio.Event()
        self._recent: dict[str, None] = {}
        self._is_closing = False

    async def start(self) -> None:
        """Reading starts with the first listener; a signal to stop ends every stream first.

        The server waits for its connections before it stops anything of ours.
        """
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                _before(number, lambda: loop.call_soon_threadsafe(self.close))

    async def stop(self) -> None:
        self.close()
        await ended(self._reading)

    def ready(self) -> bool:
        return True

    def close(self) -> None:
        """End every stream: the process is about to go."""
        self._is_closing = True
        for listener in self._listeners:
            listener.is_cut.set()

    async def listen(self) -> tuple[Listener, Positions]:
        """A new listener, and the position from which on it is told everything.

        Raises:
            Unavailable: Kafka does not answer, or the process is about to go.
        """
        if self._is_closing:
            raise _no_log()
        if self._reading is None or self._reading.done():
            self._at_place.clear()
            self._reading = asyncio.create_task(self._read(), name="live")
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._at_place.wait()
        except TimeoutError as late:
            raise _no_log() from late
        listener = Listener()
        self._listeners.add(listener)
        return listener, list(self._positions)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def _read(self) -> None:
        reader: AIOKafkaConsumer | None = None
        try:
            reader = await feed.started_reader(self._core.settings)
            self._positions = await feed.at_the_end(reader)
            self._at_place.set()
            idle_rounds = 0
            while idle_rounds < 2:
                batch = await reader.getmany(timeout_ms=1_000)
                messages = [message_of(one) for records in batch.values() for one in records]
                await self._tell(messages)
                idle_rounds = 0 if self._listeners else idle_rounds + 1
        except Exception as problem:
            if not (isinstance(problem, KafkaError | OSError) or is_transient(problem)):
                raise
            log.warning("live.interrupted", reason=repr(problem))
        finally:
            self._at_place.clear()
            self._reading = None
            for listener in self._listeners:
                listener.is_cut.set()
            if reader is not None:
                with contextlib.suppress(KafkaError, OSError):
                    await reader.stop()

    async def _tell(self, messages: list[Message]) -> None:
        if not messages:
            return
        known = await rights_of(self._core.db, map(governing, messages))
        for message in messages:
            self._positions[feed.index_of(message)] = message.offset + 1
            if not message.aggregate or self._was_told(message.id):
                continue
            told = Told(
                message,
                rights_for(message, known.get(governing(message))),
                feed.written(self._positions),
            )
            for listener in self._listeners:
                listener.tell(told)

    def _was_told(self, event_id: str) -> bool:
        if event_id in self._recent:
            return True
        self._recent[event_id] = None
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        return False


async def stream(
    core: Core,
    live: Live,
    log_feed: Feed,
    caller: Caller,
    *,
    wants: TypeFilter,
    after: Positions | None,
    heartbeat: float,
    is_signed_in: Callable[[], bool],
) -> AsyncIterator[bytes]:
    """Server-sent events for one caller: first what was missed since `after`, then live.

    Ends when the caller is signed out, falls behind, or the process goes; the client comes back
    with the id of the last event it got.
    """
    listener, start = await live.listen()
    try:
        yield b"retry: 2000\n" + _mark(after or start)
        if after is not None:
            async for piece in _missed(core, log_feed, caller, wants, after, start):
                yield piece
        sight, fresh_until = Sight(core, caller), _now() + _SIGHT_SECONDS
        cursor = feed.written(start)
        while not listener.is_cut.is_set() and is_signed_in():
            told = await _next(listener, heartbeat)
            if told is None:
                yield b": still here\n" + _marked(cursor)
                continue
            cursor = told.cursor
            if _now() > fresh_until:
                sight, fresh_until = Sight(core, caller), _now() + _SIGHT_SECONDS
            if wants(told.message) and await sight.sees(told.message, told.rights):
                yield _event(told.message, told.cursor)
    finally:
        live.leave(listener)


async def _missed(
    core: Core,
    log_feed: Feed,
    caller: Caller,
    wants: TypeFilter,
    after: Positions,
    until: Positions,
) -> AsyncIterator[bytes]:
    sight = Sight(core, caller)
    positions = after
    while True:
        page = await log_feed.page(
            positions,
            lambda messages: seen_by(core, sight, wants, messages),
            limit=_REPLAY_PAGE,
            until=until,
        )
        positions = page.positions
        for message in page.messages:
            yield _event(message, None)
        yield _mark(positions)
        if page.is_at_end:
            return


async def seen_by(
    core: Core, sight: Sight, wants: TypeFilter, messages: list[Message]
) -> list[bool]:
    """Which of these the caller wants and may see."""
    chosen = [bool(message.aggregate) and wants(message) for message in messages]
    known = await rights_of(
        core.db,
        (governing(one) for one, is_chosen in zip(messages, chosen, strict=True) if is_chosen),
    )
    return [
        is_chosen and await sight.sees(message, rights_for(message, known.get(governing(message))))
        for message, is_chosen in zip(messages, chosen, strict=True)
    ]


async def _next(listener: Listener, heartbeat: float) -> Told | None:
    """What comes next; None when it was silent for a heartbeat, or the stream is cut."""
    if not listener.queue.empty():
        return listener.queue.get_nowait()
    waiting = {
        asyncio.ensure_future(listener.queue.get()),
        asyncio.ensure_future(listener.is_cut.wait()),
    }
    try:
        done, _ = await asyncio.wait(
            waiting, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for one in waiting:
            one.cancel()
    for one in done:
        result = one.result()
        if isinstance(result, Told):
            return result
    return None


def _before(number: signal.Signals, act: Callable[[], object]) -> None:
    """Do `act` before whatever handles this signal now."""
    handler = signal.getsignal(number)
    if not callable(handler):
        return
    then = handler

    def both(signal_number: int, frame: FrameType | None) -> None:
        act()
        then(signal_number, frame)

    signal.signal(number, both)


def _event(message: Message, cursor: str | None) -> bytes:
    body = msgspec.json.encode(feed.shown(message))
    mark = b"" if cursor is None else b"id: " + cursor.encode() + b"\n"
    return b"%sevent: %s\ndata: %s\n\n" % (mark, message.type.encode(), body)


def _mark(positions: Positions) -> bytes:
    return _marked(feed.written(positions))


def _marked(cursor: str) -> bytes:
    """Moves the client's `Last-Event-ID` without being an event."""
    return b"id: " + cursor.encode() + b"\n\n"


def _now() -> float:
    return asyncio.get_running_loop().time()


def _no_log() -> Unavailable:
    return Unavailable(
        {CHINESE: "实时更新暂时不可用", ENGLISH: "live updates are not available right now"},
        retry_after=2,
    )
