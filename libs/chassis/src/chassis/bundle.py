"""Several reads of one service in one request, for whoever shows them together.

`GET /api/v1/bundle?part=<path and query>&part=…&seconds=1.5` answers `[{status, body}, …]` in the
order asked. Each part is an ordinary request to this service, judged and refused by itself; one
that is not done in time is answered 504. Spares a round trip, a connection and a parser each.
"""

import asyncio
from urllib.parse import parse_qsl, unquote

import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, ValidationFailed

log = structlog.get_logger()

PATH = "/api/v1/bundle"
MOST_PARTS = 20
_LONGEST_SECONDS = 10.0
_PREFIX = "/api/v1/"
_JSON = (b"application/json", b"application/problem+json")
_LATE = b'{"status":504,"body":null}'
_FAILED = b'{"status":500,"body":null}'

_running: set[asyncio.Task[bytes]] = set()


class Bundle:
    """ASGI middleware inside the edge."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        try:
            targets, seconds = _asked(scope["query_string"])
        except Refused as refusal:
            body = msgspec.json.encode(refusal.document(ENGLISH))
            await _answer(send, refusal.status, _JSON[1], body)
            return
        parts = [asyncio.create_task(self._part(scope, target)) for target in targets]
        _running.update(parts)
        for part in parts:
            part.add_done_callback(_running.discard)
        # A late part goes on by itself: a cancelled driver call loses its connection.
        await asyncio.wait(parts, timeout=seconds)
        bodies = [part.result() if part.done() else _LATE for part in parts]
        await _answer(send, 200, _JSON[0], b"[" + b",".join(bodies) + b"]")

    async def _part(self, scope: Scope, target: str) -> bytes:
        raw_path, _, query = target.partition("?")
        status = 500
        kind = b""
        pieces: list[bytes] = []

        async def sending(message: Message) -> None:
            nonlocal status, kind
            if message["type"] == "http.response.start":
                status = message["status"]
                kind = dict(message["headers"]).get(b"content-type", b"")
            else:
                pieces.append(message.get("body", b""))

        asked = {
            **scope,
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "state": dict(scope.get("state", {})),
        }
        try:
            await self._app(asked, _nothing, sending)
        except Exception:
            log.exception("bundle.part_failed", part=raw_path)
            return _FAILED
        body = b"".join(pieces) if kind.startswith(_JSON) else b"null"
        return b'{"status":%d,"body":%s}' % (status, body or b"null")


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _asked(query: bytes) -> tuple[list[str], float]:
    """What is asked for, and how long it may take."""
    given = parse_qsl(query.decode("latin-1"))
    targets = [value for name, value in given if name == "part"]
    if not 1 <= len(targets) <= MOST_PARTS or not all(map(_is_ours, targets)):
        raise ValidationFailed(
            FieldError(
                "/part",
                "not-parts",
                {
                    CHINESE: f"须为 1 到 {MOST_PARTS} 个 {_PREFIX} 下的路径",
                    ENGLISH: f"must be 1 to {MOST_PARTS} paths below {_PREFIX}",
                },
            )
        )
    return targets, _seconds(dict(given).get("seconds"))


def _is_ours(target: str) -> bool:
    return target.startswith(_PREFIX) and not target.startswith(PATH) and target.isascii()


def _seconds(given: str | None) -> float:
    try:
        seconds = float(given or _LONGEST_SECONDS)
    except ValueError:
        return _LONGEST_SECONDS
    return seconds if 0 < seconds < _LONGEST_SECONDS else _LONGEST_SECONDS


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
