"""The outermost layer of every service: bounds on what comes in, a request id on all of it.

Plain ASGI. JSON bodies are read whole here (up to the bound) and checked for depth before any
parser sees them; imports stream past.
"""

import re
from typing import Any

import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, TooLarge, ValidationFailed
from chassis.telemetry import REQUESTS

LARGEST_BODY = 4 * 1024 * 1024
DEEPEST = 32
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(rb"[\[\]{}]")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def language_of(accepted: str | None, default: str = CHINESE) -> str:
    """The first language of an `Accept-Language` header that we speak."""
    for part in (accepted or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return CHINESE
        if tag.startswith("en"):
            return ENGLISH
    return default if default in {CHINESE, ENGLISH} else CHINESE


def depth_of(body: bytes) -> int:
    """How deep objects and lists are nested in a JSON text, strings left out."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return 0
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


class Edge:
    def __init__(self, app: ASGIApp, *, locale: str, streamed: tuple[str, ...] = ()) -> None:
        self._app = app
        self._locale = locale
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        scope.setdefault("state", {})["request_id"] = request_id = _request_id(headers)
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(scope["method"], str(message["status"])).inc()
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        if scope["method"] in {"GET", "HEAD"} or scope["path"].startswith(self._streamed):
            await self._app(scope, receive, sending)
            return
        try:
            body = await self._body(headers, receive)
        except Refused as refusal:
            await self._refuse(refusal, headers, sending)
            return
        if body is not None:
            await self._app(scope, _replaying(body, receive), sending)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """The whole body; None if the client went away.

        Raises:
            TooLarge: over 4 MiB.
            ValidationFailed: nested too deeply.
        """
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > LARGEST_BODY:
            raise _too_large()
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            piece = message.get("body", b"")
            size += len(piece)
            if size > LARGEST_BODY:
                raise _too_large()
            pieces.append(piece)
            if not message.get("more_body"):
                break
        body = b"".join(pieces)
        if depth_of(body) > DEEPEST:
            raise ValidationFailed(
                FieldError(
                    "",
                    "too-deep",
                    {CHINESE: "嵌套过深", ENGLISH: "is nested more than 32 levels deep"},
                )
            )
        return body

    async def _refuse(self, refusal: Refused, headers: dict[bytes, bytes], send: Send) -> None:
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        document = refusal.document(language_of(accepted, self._locale))
        await send(
            {
                "type": "http.response.start",
                "status": refusal.status,
                "headers": [(b"content-type", b"application/problem+json")],
            }
        )
        await send({"type": "http.response.body", "body": msgspec.json.encode(document)})


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else new_id()


def _replaying(body: bytes, receive: Receive) -> Receive:
    waiting: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _too_large() -> TooLarge:
    return TooLarge({CHINESE: "请求体超过 4 MiB", ENGLISH: "the body is over 4 MiB"})
