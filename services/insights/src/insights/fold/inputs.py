"""A Kafka record as the fold sees it. Reading one cannot fail: what is broken says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from contracts import envelope


class Record(Protocol):
    """What is used of a Kafka record."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a followed aggregate."""

    type: str
    aggregate: str
    subject: str
    sequence: int
    value: bytes
    recorded_at: datetime
    occurred_at: datetime
    owner: str | None = None
    team: str | None = None
    region: str | None = None
    is_imported: bool = False

    @property
    def reference(self) -> str:
        return f"{self.aggregate}:{self.subject}"

    @property
    def event_id(self) -> str:
        return f"{self.aggregate}:{self.subject}:{self.sequence}"


class Unreadable(msgspec.Struct, frozen=True):
    """A record whose headers do not say what it is: `reason` tells what is missing or wrong."""

    reason: str


def aggregate_of(event_type: str) -> str | None:
    """`tianlong.<aggregate>.<fact>.v<major>`; None if it is no name of ours."""
    parts = event_type.split(".")
    return parts[1] if len(parts) == 4 and parts[0] == "tianlong" else None


def epoch_of(record: Record) -> int:
    """The beginning of the log that a record belongs to; 1 where nothing says otherwise."""
    for name, value in record.headers:
        if name == envelope.CE_LOG_EPOCH and value is not None and value.isdigit():
            return int(value)
    return 1


class Door:
    """Lets through what is followed; remembers which types it has seen, since they repeat."""

    MOST_TYPES = 1_000

    def __init__(self, followed: frozenset[str]) -> None:
        self._followed = followed
        self._known: dict[bytes, tuple[str, str] | None] = {}

    def read(self, record: Record) -> Input | Unreadable | None:
        """None: not of a followed aggregate, to be passed over."""
        headers = dict(record.headers)
        raw_type = headers.get(envelope.CE_TYPE)
        if raw_type is None:
            return Unreadable(f"no {envelope.CE_TYPE}")
        try:
            named = self._known[raw_type]
        except KeyError:
            named = self._name(raw_type)
        if named is None:
            return None
        if record.value is None:
            return Unreadable("no value")
        try:
            recorded_at = _moment(headers[envelope.CE_TIME])
            occurred = headers.get(envelope.CE_OCCURRED_AT)
            return Input(
                type=named[0],
                aggregate=named[1],
                subject=_text(headers[envelope.CE_SUBJECT]),
                sequence=int(_text(headers[envelope.CE_SEQUENCE])),
                value=record.value,
                recorded_at=recorded_at,
                occurred_at=recorded_at if occurred is None else _moment(occurred),
                owner=_maybe(headers.get(envelope.CE_OWNER)),
                team=_maybe(headers.get(envelope.CE_TEAM)),
                region=_maybe(headers.get(envelope.CE_REGION)),
                is_imported=headers.get(envelope.CE_ORIGIN) == b"import",
            )
        except KeyError as missing:
            return Unreadable(f"no {missing.args[0]}")
        except ValueError as wrong:
            return Unreadable(f"a header is wrong: {wrong}")

    def _name(self, raw_type: bytes) -> tuple[str, str] | None:
        event_type = raw_type.decode("utf-8", errors="replace")
        aggregate = aggregate_of(event_type)
        named = (event_type, aggregate) if aggregate in self._followed and aggregate else None
        if len(self._known) < self.MOST_TYPES:
            self._known[raw_type] = named
        return named


def _text(value: bytes | None) -> str:
    if value is None:
        raise ValueError("it is null")
    return value.decode()


def _maybe(value: bytes | None) -> str | None:
    return value.decode() if value else None


def _moment(value: bytes | None) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment
