"""How an event is named and addressed: CloudEvents 1.0, binary mode, on Kafka.

`Event` is the root of every payload; `@event(aggregate, fact)` gives a payload its name,
`tianlong.<aggregate>.<fact>.v<major>`, and registers it under the module's publisher.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"

# Header names on the wire (CloudEvents binary mode prefixes attributes with `ce_`).
CE_ID = "ce_id"
CE_SOURCE = "ce_source"
CE_TYPE = "ce_type"
CE_SUBJECT = "ce_subject"
CE_TIME = "ce_time"
CE_SPECVERSION = "ce_specversion"
CE_DATASCHEMA = "ce_dataschema"
CE_SEQUENCE = "ce_sequence"
CE_OCCURRED_AT = "ce_occurredat"
CE_ACTOR = "ce_actor"
CE_CORRELATION = "ce_correlationid"
CE_CAUSATION = "ce_causationid"
CE_TRACEPARENT = "ce_traceparent"
CE_LOG_EPOCH = "ce_logepoch"
CE_RIGHTS_OF = "ce_rightsof"
CE_OWNER = "ce_owner"
CE_TEAM = "ce_team"
CE_REGION = "ce_region"
CE_ORIGIN = "ce_origin"
CONTENT_TYPE_HEADER = "content-type"

HEADERS: dict[str, str] = {
    CE_ID: "<aggregate type>:<aggregate id>:<sequence>; the same each time the event is sent",
    CE_SOURCE: "/tianlong/<service>",
    CE_TYPE: "tianlong.<aggregate>.<fact>.v<major>",
    CE_SUBJECT: "aggregate id",
    CE_TIME: "when it was recorded (RFC 3339, UTC)",
    CE_SPECVERSION: "1.0",
    CE_DATASCHEMA: "address of the JSON Schema of the payload",
    CE_SEQUENCE: "dense per aggregate, from 1; decides the order, and what was seen already",
    CE_OCCURRED_AT: "business time (RFC 3339, UTC); earlier than ce_time for imported history",
    CE_ACTOR: "who did it: staff:<id>, account:<id> or service:<name>",
    CE_CORRELATION: "the request at the door that started it all",
    CE_CAUSATION: "the command or event that caused this one",
    CE_TRACEPARENT: "W3C trace context",
    CE_LOG_EPOCH: "grows when the log is begun anew after a restore",
    CE_RIGHTS_OF: "<aggregate type>:<aggregate id> whose rights govern who may read the event",
    CE_OWNER: "staff id of the owner at business time",
    CE_TEAM: "team id of the owner at business time",
    CE_REGION: "region of the owner's team at business time",
    CE_ORIGIN: "`import` for imported history; absent otherwise",
    CONTENT_TYPE_HEADER: CONTENT_TYPE,
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of an event. Readers ignore fields and enum values they do not know."""


class EventType(NamedTuple):
    """The name of a payload: which aggregate, which fact, which major version, who publishes it."""

    publisher: str
    aggregate: str
    fact: str
    major: int
    payload: type[Event]

    @property
    def name(self) -> str:
        return f"tianlong.{self.aggregate}.{self.fact}.v{self.major}"

    @property
    def topic(self) -> str:
        return f"{self.publisher}.events.v1"


BY_NAME: dict[str, EventType] = {}
BY_PAYLOAD: dict[type[Event], EventType] = {}

E = TypeVar("E", bound=type[Event])


def event(aggregate: str, fact: str, major: int = 1) -> Callable[[E], E]:
    """Name a payload; its publisher is the module, or package, of `contracts` it stands in."""

    def register(payload: E) -> E:
        publisher = payload.__module__.removeprefix("contracts.").partition(".")[0]
        event_type = EventType(publisher, aggregate, fact, major, payload)
        if event_type.name in BY_NAME:
            raise ValueError(f"{event_type.name} is named twice")
        BY_NAME[event_type.name] = event_type
        BY_PAYLOAD[payload] = event_type
        return payload

    return register
