"""What an operator sees and does: messages that are held, and how far the service is behind.

The router for `/operations/…` of every service with a consumer (right `operations:run`).
"""

from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from chassis import held, telemetry
from chassis.clock import rfc3339
from chassis.core import Core
from chassis.door import Door, Reader
from chassis.events import EVENTS_COLLECTION
from chassis.http import RequestModel
from chassis.mongo import Document
from chassis.pages import page
from chassis.problems import NotFound
from chassis.work import Work

ACTION = "operations:run"

router = APIRouter(prefix="/operations", tags=["operations"])


class Skipped(RequestModel):
    """Why a message is passed over for ever."""

    reason: str = Field(min_length=3, max_length=500)


@router.get("/dead-letters")
async def dead_letters(reader: Reader, limit: int = 50, cursor: str | None = None) -> Response:
    """What is held, oldest first, without the messages themselves."""
    await reader.scope(ACTION)
    found = await page(
        reader.db[held.HELD],
        {"state": {"$ne": held.SKIPPED}},
        sort="held_at",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=_line,
    )
    return reader.page(found.items, found.next_cursor)


@router.get("/dead-letters/{held_id}")
async def dead_letter(held_id: str, reader: Reader) -> Response:
    """One held (or skipped) message with its headers and payload."""
    await reader.scope(ACTION)
    document = await reader.db[held.HELD].find_one({"_id": held_id})
    if document is None:
        raise NotFound("held message", held_id)
    return reader.show(_whole(document))


@router.post("/dead-letters/{held_id}/replay")
async def replay(held_id: str, door: Door) -> Response:
    """Apply it, and what waits behind it."""

    async def decide(work: Work) -> None:
        await work.scope(ACTION)
        await _redress(door.core).replay(work, held_id)

    return await door.run(decide, shown=lambda _: {"id": held_id, "state": "replayed"}, of=_none)


@router.post("/dead-letters/{held_id}/skip")
async def skip(held_id: str, body: Skipped, door: Door) -> Response:
    """Pass over it for ever. Of one that waits for a gap: over what never came before it."""

    async def decide(work: Work) -> None:
        await work.scope(ACTION)
        await _redress(door.core).skip(work, held_id, body.reason)

    return await door.run(decide, shown=lambda _: {"id": held_id, "state": "skipped"}, of=_none)


@router.get("/status")
async def status(reader: Reader) -> Response:
    """Events that wait to be published, messages that are held, and since when."""
    await reader.scope(ACTION)
    events, kept = reader.db[EVENTS_COLLECTION], reader.db[held.HELD]
    waiting = {"state": {"$ne": held.SKIPPED}}
    oldest_event = await events.find_one({"pending": 1}, sort=[("recorded_at", 1), ("seq", 1)])
    oldest_held = await kept.find_one(waiting, sort=[("held_at", 1)])
    return reader.show(
        {
            "service": reader.core.name,
            "events_pending": await events.count_documents({"pending": 1}),
            "oldest_pending_at": _moment(oldest_event, "recorded_at"),
            "held_messages": await kept.count_documents(waiting),
            "oldest_held_at": _moment(oldest_held, "held_at"),
            "consumer_lag": telemetry.lags(),
        }
    )


def _redress(core: Core) -> held.Redress:
    if core.redress is None:
        raise NotFound("consumer", core.name)
    return core.redress


def _none(_: None) -> None:
    """No aggregate changed: there is no version and no position to tell."""


def _moment(document: Document | None, field: str) -> str | None:
    found: datetime | None = document[field] if document else None
    return rfc3339(found) if found else None


def _line(document: Document) -> dict[str, Any]:
    names = ("state", "reason", "error", "aggregate", "type", "topic", "partition", "offset")
    line: dict[str, Any] = {"id": document["_id"]}
    line |= {name: document.get(name) for name in names}
    return line | {"sequence": document.get("seq"), "held_at": _moment(document, "held_at")}


def _whole(document: Document) -> dict[str, Any]:
    whole = _line(document) | {"headers": document["headers"], "key": None, "value": None}
    whole |= {name: document[name] for name in ("skip_reason", "skipped_by") if name in document}
    if document["key"] is not None:
        whole["key"] = document["key"].decode(errors="replace")
    if document["value"] is not None:
        whole["value"] = _json_or_text(document["value"])
    return whole


def _json_or_text(value: bytes) -> Any:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value.decode(errors="replace")
