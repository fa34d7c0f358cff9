"""Documents of insights: what the fold keeps (per generation and partition), and its aggregates.

`states`, `timers`, `satisfied`, `waiting` have ids `<generation>|<topic>:<partition>|<name>`;
`cells` and `revenue` `<generation>|<scope or customer>|<bucket or month>|<topic>:<partition>`, so
that readers find them by range over all partitions. `stream_offsets` is the fence.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from bson.errors import BSONError, InvalidDocument
from chassis import held
from chassis.mongo import Collection, Database, Document
from chassis.received import Message
from chassis.store import Stored
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DocumentTooLarge, OperationFailure

from insights.fold.inputs import Record
from insights.fold.steps import KINDS, State
from insights.model.alerts import Alert
from insights.model.tiers import Tier
from insights.timers import Satisfied, Timer

TIERS = Stored(
    Tier,
    "tiers",
    indexes=[
        IndexModel([("owner_id", ASCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING)], name="of_team"),
    ],
)
ALERTS = Stored(
    Alert,
    "alerts",
    indexes=[
        IndexModel([("status", ASCENDING), ("raised_at", ASCENDING)], name="by_status"),
        IndexModel([("owner_id", ASCENDING), ("raised_at", ASCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("raised_at", ASCENDING)], name="of_team"),
        IndexModel([("customer_id", ASCENDING)], name="of_customer"),
    ],
)
STORED: list[Stored[Any]] = [TIERS, ALERTS]
STANDINGS = "standings"

OFFSETS = "stream_offsets"
STATES = "states"
CELLS = "cells"
REVENUE = "revenue"
TIMERS = "timers"
SATISFIED = "satisfied"
WAITING = "waiting"
CONTROL = "control"

# What belongs to one generation and goes when it does.
FOLDED = (STATES, CELLS, REVENUE, TIMERS, SATISFIED, WAITING, OFFSETS)

INDEXES: dict[str, list[IndexModel]] = {
    OFFSETS: [],
    STATES: [
        # Names and owners are looked up by id; deals and orders only by their own `_id`.
        IndexModel(
            [("kind", ASCENDING), ("subject", ASCENDING)],
            name="subject",
            partialFilterExpression={"kind": {"$in": ["customer", "product"]}},
        )
    ],
    CELLS: [],
    REVENUE: [],
    TIMERS: [
        IndexModel([("generation", ASCENDING), ("due_at", ASCENDING)], name="due"),
        IndexModel([("key", ASCENDING)], name="key"),
    ],
    STANDINGS: [],
    SATISFIED: [IndexModel([("key", ASCENDING), ("generation", ASCENDING)], name="key")],
    WAITING: [IndexModel([("of", ASCENDING)], name="of")],
    CONTROL: [],
}

# Bad value, invalid BSON, path not viable, dollar or dot in a name, document or key too large.
_REFUSED_FOR_WHAT_IT_IS = frozenset({2, 22, 28, 52, 57, 10334, 17280, 17419, 17420})

T = TypeVar("T")
_CHUNK = 1_000
_KEPT = (datetime, Decimal, bytes)


def chunks(items: Sequence[T], size: int = _CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def prefix(generation: int, name: str = "") -> Document:
    """All ids of a generation that begin with `name`."""
    first = f"{generation}|{name}"
    return {"$gte": first, "$lt": first + "\uffff"}


def plain(db: Database, collection: str) -> Collection:
    """For reading many small numbers: without looking for decimals at each of them."""
    return db.get_collection(collection, codec_options=CodecOptions(tz_aware=True))


def whole(number: Any) -> int:
    """A counter as `plain` gives it: 64 bits, or a decimal beyond them."""
    return int(number.to_decimal()) if isinstance(number, Decimal128) else int(number)


def is_of_the_data(error: BaseException) -> bool:
    """Whether a record may be to blame: its effects are no document that could be stored."""
    if isinstance(error, OperationFailure):
        return error.code in _REFUSED_FOR_WHAT_IT_IS
    return isinstance(
        error, BSONError | InvalidDocument | DocumentTooLarge | OverflowError | ValueError
    )


def state_document(identifier: str, generation: int, reference: str, state: State) -> Document:
    document: Document = msgspec.to_builtins(state, builtin_types=_KEPT)
    kind, subject = reference.split(":", 1)
    document["_id"] = identifier
    document["generation"] = generation
    document["kind"] = kind
    document["subject"] = subject
    return document


def state_of(document: Document) -> State:
    state: State = msgspec.convert(document, KINDS[document["kind"]].state, builtin_types=_KEPT)
    return state


def timer_document(identifier: str, generation: int, timer: Timer) -> Document:
    document: Document = msgspec.to_builtins(timer, builtin_types=_KEPT)
    return document | {"_id": identifier, "generation": generation, "key": timer.key}


def timer_of(document: Document) -> Timer:
    return msgspec.convert(document, Timer, builtin_types=_KEPT)


def mark_document(identifier: str, generation: int, mark: Satisfied) -> Document:
    document: Document = msgspec.to_builtins(mark, builtin_types=_KEPT)
    return document | {"_id": identifier, "generation": generation}


class Waiting:
    """An event that cannot be applied yet: `gap`, `poison`, or `behind` a poison.

    It is a record like any other (`topic`, `partition`, `offset`, `headers`, `value`), so the
    fold reads it again when its turn has come.
    """

    __slots__ = ("message", "of", "reason", "sequence", "why")

    def __init__(self, of: str, message: Message, sequence: int, why: str, reason: str) -> None:
        self.of = of
        self.message = message
        self.sequence = sequence
        self.why = why
        self.reason = reason

    @property
    def id(self) -> str:
        return f"{self.of}|{self.sequence:010d}"

    def record(self) -> Record:
        return Again(self.message)

    def document(self, generation: int) -> Document:
        return held.as_document(self.message) | {
            "_id": self.id,
            "event_id": self.message.id,
            "generation": generation,
            "of": self.of,
            "seq": self.sequence,
            "why": self.why,
            "reason": self.reason,
        }


def waiting_from(document: Document) -> Waiting:
    return Waiting(
        document["of"],
        held.as_message(document),
        document["seq"],
        document["why"],
        document["reason"],
    )


async def waiting_for(db: Database, state_id: str) -> dict[int, Waiting]:
    """What waits for one aggregate, by sequence."""
    found = db[WAITING].find({"of": state_id}).sort("seq", ASCENDING)
    return {document["seq"]: waiting_from(document) async for document in found}


class Again:
    """A message as a record of the log, to be read once more."""

    def __init__(self, message: Message) -> None:
        self.topic = message.topic
        self.partition = message.partition
        self.offset = message.offset
        self.key = message.key
        self.value = message.value
        self.headers: list[tuple[str, bytes | None]] = [
            (name, value.encode()) for name, value in message.headers.items()
        ]
