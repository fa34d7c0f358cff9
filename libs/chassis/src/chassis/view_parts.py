"""A service's parts of a view that the gateway puts together: several reads in one request.

A service answers `GET /views/<name>` with `{<part>: {status, body}}`, each part being what one of
its own endpoints says, judged and refused by itself. One that is not done in time is 504.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import structlog
from fastapi import Response

from chassis.door import Reading
from chassis.problems import Refused

log = structlog.get_logger()

SECONDS = "seconds"
_LONGEST_SECONDS = 10.0
_LATE = b'{"status":504,"body":null}'
_FAILED = b'{"status":500,"body":null}'
_running: set[asyncio.Task[bytes]] = set()


async def gathered(reader: Reading, parts: Mapping[str, Awaitable[Response]]) -> Response:
    """Read all parts at once, for at most as long as the query's `seconds` says."""
    reads = {name: asyncio.create_task(_read(name, part)) for name, part in parts.items()}
    _running.update(reads.values())
    for read in reads.values():
        read.add_done_callback(_running.discard)
    # A late part goes on by itself: a cancelled driver call loses its connection.
    await asyncio.wait(reads.values(), timeout=_seconds(reader.request.query_params.get(SECONDS)))
    pieces = [
        b'"%s":%s' % (name.encode(), read.result() if read.done() else _LATE)
        for name, read in reads.items()
    ]
    return Response(b"{" + b",".join(pieces) + b"}", media_type="application/json")


async def _read(name: str, part: Awaitable[Any]) -> bytes:
    try:
        answer: Response = await part
    except Refused as refusal:
        return b'{"status":%d,"body":null}' % refusal.status
    except Exception:
        log.exception("view_part.failed", part=name)
        return _FAILED
    return b'{"status":%d,"body":%s}' % (answer.status_code, bytes(answer.body) or b"null")


def _seconds(given: str | None) -> float:
    try:
        seconds = float(given or _LONGEST_SECONDS)
    except ValueError:
        return _LONGEST_SECONDS
    return seconds if 0 < seconds < _LONGEST_SECONDS else _LONGEST_SECONDS
