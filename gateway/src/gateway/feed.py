"""The event log over HTTP: where a reader stands, pages from there, and how an event is shown.

A cursor is one offset for each partition of each topic: with a single number as its cursor a feed
loses what commits late. Order is promised per aggregate only.
"""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from chassis import kafka
from chassis.kafka import KafkaError
from chassis.problems import CHINESE, ENGLISH, FieldError, Unavailable, ValidationFailed
from chassis.received import Message, message_of
from chassis.settings import ServiceSettings
from contracts import envelope
from contracts.topics import PARTITIONS, SERVICES, TOPICS, events_topic

log = structlog.get_logger()

EVENT_TOPICS = [events_topic(service) for service in SERVICES]
PLACES = [TopicPartition(topic, n) for topic in EVENT_TOPICS for n in range(PARTITIONS)]
_INDEX = {place: index for index, place in enumerate(PLACES)}
_READERS = 4
_WAIT_FOR_READER = 2.0
_START_SECONDS = 5.0
_MOST_SCANNED = 5_000
_SCAN_SECONDS = 3.0
_PIECE = 500

Positions = list[int]
Wanted = Callable[[list[Message]], Awaitable[list[bool]]]


def at_start() -> Positions:
    return [0] * len(PLACES)


def written(positions: Positions) -> str:
    """The cursor for these positions."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(positions)).decode().rstrip("=")


def read(cursor: str | None, pointer: str) -> Positions:
    """The positions of a cursor; the first event ever without one.

    Raises:
        ValidationFailed: it is not one of ours.
    """
    if not cursor:
        return at_start()
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        positions = msgspec.msgpack.decode(raw, type=list[int])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as bad:
        raise _not_a_cursor(pointer) from bad
    missing, odd = divmod(len(PLACES) - len(positions), PARTITIONS)
    if missing < 0 or odd or not all(0 <= one < 2**62 for one in positions):
        raise _not_a_cursor(pointer)
    # A cursor from before a service was added: that service's events are all still to come.
    return positions + [0] * (missing * PARTITIONS)


def index_of(message: Message) -> int:
    return _INDEX[TopicPartition(message.topic, message.partition)]


class EventPage(NamedTuple):
    """Events that were wanted, where to go on, and whether the end of the log was reached."""

    messages: list[Message]
    positions: Positions
    is_at_end: bool


class Feed:
    """Reads pages of the log. A part: a few Kafka readers, started when first needed."""

    role = "api"

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._free: asyncio.Queue[AIOKafkaConsumer | None] = asyncio.Queue()
        for _ in range(_READERS):
            self._free.put_nowait(None)

    async def start(self) -> None:
        """Readers start when first needed."""

    async def stop(self) -> None:
        while not self._free.empty():
            reader = self._free.get_nowait()
            if reader is not None:
                await reader.stop()

    def ready(self) -> bool:
        return True

    async def ends(self) -> Positions:
        """The next offset of each partition."""
        async with self._reader() as reader:
            return await _ends(reader)

    async def page(
        self, positions: Positions, wanted: Wanted, *, limit: int, until: Positions | None = None
    ) -> EventPage:
        """Up to `limit` wanted events after `positions`, and not past `until` (else the end).

        Raises:
            ValidationFailed: the positions lie beyond the log: it was begun anew.
            Unavailable: Kafka does not answer, or too many are reading.
        """
        async with self._reader() as reader:
            ends = until or await _ends(reader)
            if until is None and any(at > end for at, end in zip(positions, ends, strict=True)):
                raise _not_a_cursor("/after")
            return await _scan(reader, list(positions), ends, wanted, limit)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        try:
            async with asyncio.timeout(_WAIT_FOR_READER):
                reader = await self._free.get()
        except TimeoutError as busy:
            raise Unavailable(
                {CHINESE: "读取事件的请求过多", ENGLISH: "too many are reading events"}
            ) from busy
        is_usable = False
        try:
            if reader is None:
                async with asyncio.timeout(_START_SECONDS):
                    reader = await started_reader(self._settings)
            yield reader
            is_usable = True
        except (KafkaError, OSError) as away:
            raise Unavailable(
                {CHINESE: "事件日志暂时不可用", ENGLISH: "the event log does not answer"},
                retry_after=2,
            ) from away
        except ValidationFailed:
            is_usable = True
            raise
        finally:
            if not is_usable and reader is not None:
                await asyncio.shield(_stopped(reader))
                reader = None
            self._free.put_nowait(reader)


async def started_reader(settings: ServiceSettings) -> AIOKafkaConsumer:
    """A reader of all events without a group: it disturbs nobody."""
    await kafka.ensure_topics(settings, [TOPICS[name] for name in EVENT_TOPICS])
    reader = kafka.consumer(
        settings,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=1024 * 1024,
        request_timeout_ms=5_000,
    )
    await reader.start()
    return reader


async def at_the_end(reader: AIOKafkaConsumer) -> Positions:
    """Let a reader go on from where the log ends now."""
    ends = await _ends(reader)
    reader.assign(PLACES)
    for place, end in zip(PLACES, ends, strict=True):
        reader.seek(place, end)
    return ends


async def _ends(reader: AIOKafkaConsumer) -> Positions:
    ends = await reader.end_offsets(PLACES)
    return [ends[place] for place in PLACES]


async def _scan(
    reader: AIOKafkaConsumer, positions: Positions, ends: Positions, wanted: Wanted, limit: int
) -> EventPage:
    found: list[Message] = []
    seen: set[str] = set()
    scanned = 0
    deadline = asyncio.get_running_loop().time() + _SCAN_SECONDS
    _seek(reader, positions, ends)
    while len(found) < limit and scanned < _MOST_SCANNED:
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0 or not _is_left(positions, ends):
            break
        batch = await reader.getmany(timeout_ms=int(min(left, 1) * 1000), max_records=_PIECE)
        messages = [
            message
            for records in batch.values()
            for message in map(message_of, records)
            if message.offset < ends[index_of(message)]
        ]
        scanned += len(messages)
        for message, is_wanted in zip(messages, await wanted(messages), strict=True):
            if len(found) == limit:
                break
            positions[index_of(message)] = message.offset + 1
            # Sent twice by a relay that had not heard of the first: shown once.
            if is_wanted and message.id not in seen:
                seen.add(message.id)
                found.append(message)
        _skip_read(reader, batch, positions, ends)
    return EventPage(found, positions, not _is_left(positions, ends))


def _seek(reader: AIOKafkaConsumer, positions: Positions, ends: Positions) -> None:
    left = [place for place, at, end in zip(PLACES, positions, ends, strict=True) if at < end]
    reader.assign(left)
    for place in left:
        reader.seek(place, positions[_INDEX[place]])


def _is_left(positions: Positions, ends: Positions) -> bool:
    return any(at < end for at, end in zip(positions, ends, strict=True))


def _skip_read(
    reader: AIOKafkaConsumer,
    batch: dict[TopicPartition, Any],
    positions: Positions,
    ends: Positions,
) -> None:
    """Partitions that are read to their end need not be fetched again."""
    done = [place for place in batch if positions[_INDEX[place]] >= ends[_INDEX[place]]]
    if done:
        reader.pause(*done)


async def _stopped(reader: AIOKafkaConsumer) -> None:
    try:
        await reader.stop()
    except (KafkaError, OSError) as problem:
        log.info("feed.reader_lost", reason=str(problem))


_NAMES = {
    name: name.removeprefix("ce_")
    for name in envelope.HEADERS
    if name not in {envelope.CONTENT_TYPE_HEADER, envelope.CE_SEQUENCE}
}


def shown(message: Message) -> dict[str, Any]:
    """The event in CloudEvents' JSON form; its data as it was published."""
    said: dict[str, Any] = {
        name: message.headers[header]
        for header, name in _NAMES.items()
        if header in message.headers
    }
    said["sequence"] = message.sequence if message.aggregate else None
    said["datacontenttype"] = envelope.CONTENT_TYPE
    said["data"] = msgspec.Raw(message.value or b"null")
    return said


class TypeFilter:
    """`types=`: names of event types, `tianlong.opportunity.won.v1`, or beginnings with `*`."""

    def __init__(self, types: str | None) -> None:
        named = [one.strip() for one in (types or "").split(",") if one.strip()]
        self._exact = frozenset(one for one in named if not one.endswith("*"))
        self._starts = tuple(one[:-1] for one in named if one.endswith("*"))

    def __call__(self, message: Message) -> bool:
        if not self._exact and not self._starts:
            return True
        return message.type in self._exact or message.type.startswith(self._starts)


def _not_a_cursor(pointer: str) -> ValidationFailed:
    return ValidationFailed(
        FieldError(
            pointer,
            "not-a-cursor",
            {CHINESE: "游标无效", ENGLISH: "not one of our cursors, or of a log begun anew since"},
        )
    )
