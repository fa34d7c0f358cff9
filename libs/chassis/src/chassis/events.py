"""From facts to the event log: one table per service, one document per fact.

The collection `events` is outbox, audit trail and replay source in one. `_id` is
`<aggregate type>:<aggregate id>:<sequence>`, which is also the CloudEvents id; `pending` stands
until the relay has seen it acknowledged by Kafka.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from contracts import envelope
from contracts.envelope import BY_PAYLOAD, Event, EventType
from pymongo import ASCENDING, IndexModel

from chassis.clock import rfc3339
from chassis.facts import Aggregate, Fact
from chassis.mongo import Document
from chassis.problems import CHINESE, ENGLISH, TooLarge

EVENTS_COLLECTION = "events"
LARGEST_VALUE = 512 * 1024

Translation = type[Event] | Callable[[Any, Any], Event]
EventTable = Mapping[type[Fact], Translation]

EVENT_INDEXES = [
    IndexModel(
        [("pending", ASCENDING), ("recorded_at", ASCENDING), ("seq", ASCENDING)],
        name="pending",
        partialFilterExpression={"pending": {"$exists": True}},
    )
]
UNPUBLISHED = frozenset({"gateway"})
_encode = msgspec.json.Encoder().encode


class Provenance(NamedTuple):
    """Who and what caused the facts of one unit of work."""

    now: datetime
    actor: str
    command: str
    correlation: str
    causation: str
    traceparent: str | None = None


class EventLog:
    """A service's table from fact to contract, ready to write events by it."""

    def __init__(self, service: str, table: EventTable) -> None:
        self._source = f"/tianlong/{service}"
        self._table = {fact: _translation(into) for fact, into in table.items()}

    def documents(self, aggregate: Aggregate, provenance: Provenance) -> list[Document]:
        """One event document per recorded fact, oldest first.

        Raises:
            TooLarge: a payload is over 512 KiB.
        """
        first = aggregate.stored_version + 1
        common = _common_headers(self._source, aggregate, provenance)
        return [
            self._document(aggregate, recorded.fact, recorded.at, first + n, common, provenance)
            for n, recorded in enumerate(aggregate.recorded)
        ]

    def _document(
        self,
        aggregate: Aggregate,
        fact: Fact,
        at: datetime | None,
        sequence: int,
        common: dict[str, str],
        provenance: Provenance,
    ) -> Document:
        payload = self._table[type(fact)](aggregate, fact)
        kind = BY_PAYLOAD[type(payload)]
        occurred_at = at or provenance.now
        return event_document(
            kind,
            aggregate_type=aggregate.TYPE,
            aggregate_id=aggregate.id,
            sequence=sequence,
            key=aggregate.key,
            value=_encode(payload),
            common=common,
            occurred_at=occurred_at,
            provenance=provenance,
        )


def event_document(
    kind: EventType,
    *,
    aggregate_type: str,
    aggregate_id: str,
    sequence: int,
    key: str,
    value: bytes,
    common: dict[str, str],
    occurred_at: datetime,
    provenance: Provenance,
    topic: str | None = None,
) -> Document:
    """An event as it lies in the log; `topic` where it is not the publisher's own."""
    if len(value) > LARGEST_VALUE:
        raise TooLarge(
            {CHINESE: "单个事件超过 512 KiB", ENGLISH: "one event would be over 512 KiB"}
        )
    name = f"{aggregate_type}:{aggregate_id}"
    identifier = f"{name}:{sequence}"
    headers = common | {
        envelope.CE_ID: identifier,
        envelope.CE_TYPE: kind.name,
        envelope.CE_SUBJECT: aggregate_id,
        envelope.CE_DATASCHEMA: f"/schemas/{kind.name}.json",
        envelope.CE_SEQUENCE: str(sequence),
        envelope.CE_OCCURRED_AT: rfc3339(occurred_at),
    }
    document: Document = {
        "_id": identifier,
        "aggregate": name,
        "seq": sequence,
        "topic": topic or kind.topic,
        "key": key,
        "type": kind.name,
        "headers": headers,
        "value": value,
        "recorded_at": provenance.now,
        "occurred_at": occurred_at,
        "command": provenance.command,
    }
    if topic is not None or kind.publisher not in UNPUBLISHED:
        document["pending"] = 1
    return document


def _common_headers(source: str, aggregate: Aggregate, by: Provenance) -> dict[str, str]:
    headers = common_headers(source, by)
    headers[envelope.CE_RIGHTS_OF] = aggregate.governed_by()
    for name, value in (
        (envelope.CE_OWNER, aggregate.owner_id),
        (envelope.CE_TEAM, aggregate.team_id),
        (envelope.CE_REGION, aggregate.region),
        (envelope.CE_ORIGIN, aggregate.origin),
    ):
        if value:
            headers[name] = value
    return headers


def common_headers(source: str, by: Provenance) -> dict[str, str]:
    """The headers that all events of one unit of work share."""
    headers = {
        envelope.CE_SPECVERSION: envelope.SPEC_VERSION,
        envelope.CONTENT_TYPE_HEADER: envelope.CONTENT_TYPE,
        envelope.CE_SOURCE: source,
        envelope.CE_TIME: rfc3339(by.now),
        envelope.CE_ACTOR: by.actor,
        envelope.CE_CORRELATION: by.correlation,
        envelope.CE_CAUSATION: by.causation,
    }
    if by.traceparent:
        headers[envelope.CE_TRACEPARENT] = by.traceparent
    return headers


def _translation(into: Translation) -> Callable[[Any, Any], Event]:
    if isinstance(into, type):
        return copied_into(into)
    return into


def copied_into(contract: type[Event]) -> Callable[[Any, Any], Event]:
    """Fill a contract with what the fact calls the same, else with what the aggregate does."""
    fields = msgspec.structs.fields(contract)
    optional = {field.name for field in fields if not field.required}
    names = [field.name for field in fields]

    def translate(aggregate: Aggregate, fact: Fact) -> Event:
        own_id = f"{aggregate.TYPE}_id"
        values: dict[str, Any] = {}
        for name in names:
            if hasattr(fact, name):
                values[name] = getattr(fact, name)
            elif name == own_id:
                values[name] = aggregate.id
            elif hasattr(aggregate, name):
                values[name] = getattr(aggregate, name)
            elif name not in optional:
                raise TypeError(
                    f"{contract.__name__}.{name}: neither {type(fact).__name__} nor "
                    f"{type(aggregate).__name__} has it"
                )
        return msgspec.convert(values, contract, from_attributes=True)

    return translate
