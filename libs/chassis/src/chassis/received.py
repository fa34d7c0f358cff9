"""A message as it came, and the event that it carries. Reading it cannot fail.

Kafka promises nothing about headers: they may be null, or not text. What cannot be read is named,
so that the message can be held with a reason instead of being skipped or stopping the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from contracts import envelope
from contracts.envelope import Event

E = TypeVar("E", bound=Event, covariant=True)


class Message(NamedTuple):
    """One record of a topic. `unreadable` names the headers of ours that were null or not text."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    unreadable: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The event's id; its place in the log if it has none that can be read."""
        return self.headers.get(envelope.CE_ID) or f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def type(self) -> str:
        return self.headers.get(envelope.CE_TYPE, "")

    @property
    def aggregate(self) -> str:
        """`<type>:<id>`; empty if the event's id cannot be read."""
        name, _, sequence = self.headers.get(envelope.CE_ID, "").rpartition(":")
        return name if sequence.isascii() and sequence.isdigit() else ""

    @property
    def aggregate_type(self) -> str:
        return self.aggregate.partition(":")[0]

    @property
    def sequence(self) -> int:
        return int(self.headers[envelope.CE_ID].rpartition(":")[2])


def message_of(record: Any) -> Message:
    """Read a record of aiokafka; never raises."""
    headers, unreadable = readable(record.headers)
    return Message(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        unreadable,
    )


def readable(raw: Iterable[tuple[str, bytes | None]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The headers that are text, and the names of those of ours that are not."""
    headers: dict[str, str] = {}
    unreadable = []
    for name, value in raw:
        try:
            headers[name] = (value or b"").decode()
        except UnicodeDecodeError:
            value = None
        if value is None:
            headers.pop(name, None)
            if name in envelope.HEADERS:
                unreadable.append(name)
    return headers, tuple(unreadable)


@dataclass(frozen=True)
class Received(Generic[E]):
    """An event at a service's door: what a handler is given."""

    message: Message
    data: E

    @property
    def id(self) -> str:
        return self.message.id

    @property
    def type(self) -> str:
        return self.message.type

    @property
    def aggregate(self) -> str:
        """`<type>:<id>`"""
        return self.message.aggregate

    @property
    def subject(self) -> str:
        """The aggregate's id."""
        return self.message.aggregate.partition(":")[2]

    @property
    def sequence(self) -> int:
        return self.message.sequence

    @property
    def topic(self) -> str:
        return self.message.topic

    @property
    def partition(self) -> int:
        return self.message.partition

    @property
    def offset(self) -> int:
        return self.message.offset

    @property
    def key(self) -> str:
        return (self.message.key or b"").decode()

    @property
    def owner(self) -> str | None:
        return self.message.headers.get(envelope.CE_OWNER)

    @property
    def team(self) -> str | None:
        return self.message.headers.get(envelope.CE_TEAM)

    @property
    def region(self) -> str | None:
        return self.message.headers.get(envelope.CE_REGION)

    @property
    def rights_of(self) -> str | None:
        return self.message.headers.get(envelope.CE_RIGHTS_OF)

    @property
    def origin(self) -> str | None:
        return self.message.headers.get(envelope.CE_ORIGIN)

    @property
    def actor(self) -> str:
        return self.message.headers.get(envelope.CE_ACTOR, "")

    @property
    def correlation(self) -> str | None:
        return self.message.headers.get(envelope.CE_CORRELATION)

    @cached_property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.message.headers[envelope.CE_TIME])

    @cached_property
    def occurred_at(self) -> datetime:
        return datetime.fromisoformat(self.message.headers[envelope.CE_OCCURRED_AT])


_DECODERS: dict[type[Event], msgspec.json.Decoder[Any]] = {}


def decode(payload: type[Event], message: Message) -> Received[Any]:
    """The event of a message.

    Raises:
        msgspec.MsgspecError, ValueError: it is not what its type promises.
    """
    if message.unreadable:
        raise ValueError(f"headers that are not text: {', '.join(message.unreadable)}")
    decoder = _DECODERS.get(payload)
    if decoder is None:
        decoder = _DECODERS[payload] = msgspec.json.Decoder(payload)
    return Received(message, decoder.decode(message.value or b""))
