"""Messages that cannot be applied now: kept with their reason, so that they block nobody.

One collection, `held`: `{_id: event id, state, reason, error, aggregate, seq, type, topic,
partition, offset, key, headers, unreadable, value, held_at}`. Reason is `poison` (its handler
fails), `behind` (a poison of its aggregate), or `gap` (an earlier event has not come). A skipped
one stays, as `state: "skipped"` with who and why, so that a rebuild passes over it again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from contracts import envelope
from contracts.envelope import Event, EventType
from contracts.topics import dead_letters_topic
from pymongo import IndexModel

from chassis import telemetry
from chassis.events import common_headers, event_document
from chassis.ids import new_id
from chassis.mongo import Database, Document
from chassis.problems import NotFound
from chassis.received import Message
from chassis.work import Work

HELD = "held"
POISON, BEHIND, GAP = "poison", "behind", "gap"
WAITING, REPLAY, SKIPPED = "held", "replay", "skipped"
HELD_INDEXES = [IndexModel([("state", 1), ("held_at", 1), ("_id", 1)], name="waiting")]


class Redress(Protocol):
    """What an operator's word about a held message does."""

    async def replay(self, work: Work, held_id: str) -> None: ...

    async def skip(self, work: Work, held_id: str, reason: str) -> None: ...


class Marking:
    """Notes the operator's word for a partition's owner, who acts on it in its next slice."""

    async def replay(self, work: Work, held_id: str) -> None:
        work.put(HELD, await self._waiting(work, held_id) | {"state": REPLAY})

    async def skip(self, work: Work, held_id: str, reason: str) -> None:
        document = await self._waiting(work, held_id)
        work.put(HELD, skip(document, reason, work.actor, work.now))

    async def _waiting(self, work: Work, held_id: str) -> Document:
        document = await work.document(HELD, held_id)
        if document is None or document["state"] == SKIPPED:
            raise NotFound("held message", held_id)
        return document


class MessageHeld(Event, frozen=True, kw_only=True):
    """What is told on the dead-letter topic; the message itself lies in its own topic."""

    held_id: str
    reason: str
    error: str
    event_type: str
    topic: str
    partition: int
    offset: int


class Failure(NamedTuple):
    """Why a message is held: the reason, and the handler's own words for a poison."""

    reason: str
    error: str = ""


def hold(work: Work, service: str, message: Message, why: Failure) -> None:
    """Keep a message for later and tell it on `<service>.dlq`, both with the unit of work."""
    document = as_document(message) | {
        "state": WAITING,
        "reason": why.reason,
        "error": why.error,
        "held_at": work.now,
    }
    work.put(HELD, document)
    work.publish_beside(_notice(work, service, message, why))


def as_document(message: Message) -> Document:
    aggregate = message.aggregate
    return {
        "_id": message.id,
        "aggregate": aggregate,
        "seq": message.sequence if aggregate else None,
        "type": message.type,
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": message.key,
        "headers": message.headers,
        "unreadable": list(message.unreadable),
        "value": message.value,
    }


def as_message(document: Document) -> Message:
    return Message(
        document["topic"],
        document["partition"],
        document["offset"],
        document["key"],
        document["value"],
        document["headers"],
        tuple(document["unreadable"]),
    )


async def skipped(db: Database) -> set[str]:
    """The events that somebody decided to pass over, for ever."""
    return {one["_id"] async for one in db[HELD].find({"state": SKIPPED}, {"_id": 1})}


async def observe(db: Database, now: datetime) -> None:
    """Set the figures that alarms are raised by: how many wait, and since when."""
    waiting = {"state": {"$ne": SKIPPED}}
    telemetry.HELD_MESSAGES.set(await db[HELD].count_documents(waiting))
    oldest = await db[HELD].find_one(waiting, {"held_at": 1}, sort=[("held_at", 1)])
    age = (now - oldest["held_at"]).total_seconds() if oldest else 0
    telemetry.OLDEST_HELD.set(max(age, 0))


def skip(document: Document, reason: str, by: str, at: datetime) -> Document:
    return document | {"state": SKIPPED, "skip_reason": reason, "skipped_by": by, "skipped_at": at}


def passed_over_unseen(
    aggregate: str, sequences: Iterable[int], reason: str, work: Work
) -> list[Document]:
    """Records of events that never came, and that nobody waits for any longer."""
    blank = Message("", 0, 0, None, None, {})
    return [
        skip(
            as_document(blank)
            | {"_id": f"{aggregate}:{sequence}", "aggregate": aggregate, "seq": sequence}
            | {"reason": GAP, "error": "", "held_at": work.now},
            reason,
            work.actor,
            work.now,
        )
        for sequence in sequences
    ]


def _notice(work: Work, service: str, message: Message, why: Failure) -> Document:
    kind = EventType(service, "held_message", "held", 1, MessageHeld)
    notice = MessageHeld(
        held_id=message.id,
        reason=why.reason,
        error=why.error,
        event_type=message.type,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
    )
    # A new id each time: after a rebuild the same message may be held, and told, once more.
    identifier = new_id()
    common = common_headers(f"/tianlong/{service}", work.provenance)
    return event_document(
        kind,
        aggregate_type=kind.aggregate,
        aggregate_id=identifier,
        sequence=1,
        key=identifier,
        value=msgspec.json.encode(notice),
        common=common | {envelope.CE_RIGHTS_OF: f"{kind.aggregate}:{identifier}"},
        occurred_at=work.now,
        provenance=work.provenance,
        topic=dead_letters_topic(service),
    )
