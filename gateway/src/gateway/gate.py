"""The gate: every request to `/api/v1` passes here first, as plain ASGI.

Who is it, may they ask so much, and who answers: the gateway's own routes, or a service behind.
"""

from typing import NamedTuple

import msgspec
from chassis.edge import language_of
from chassis.ids import new_id
from chassis.problems import NotFound, RateLimited, Refused
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import cookies, routes
from gateway.callers import OwnCallers
from gateway.forwarding import Header, Request, Upstreams, forwarded_headers
from gateway.limits import Buckets
from gateway.settings import Settings

# Reached without being signed in: signing in, and reading how.
_OPEN = frozenset(
    {"/api/v1/session", "/api/v1/session/refresh", "/api/v1/openapi.json", "/api/v1/docs"}
)


class Passes(NamedTuple):
    """What the gate asks and whom: made by `main`, filled when the process starts."""

    callers: OwnCallers
    buckets: Buckets
    upstreams: Upstreams
    csrf: cookies.Csrf


class Gate:
    """ASGI middleware around the gateway's own application."""

    def __init__(self, app: ASGIApp, *, settings: Settings, passes: Passes) -> None:
        self._app = app
        self._settings = settings
        self._passes = passes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(routes.PREFIX):
            await self._app(scope, receive, send)
            return
        headers = _Headers.of(scope["headers"])
        added: list[Header] = []
        try:
            authorization, asks = self._who(scope, headers)
            added = self._allow(asks)
            if routes.is_own(scope["path"]):
                scope = _told_own(scope)
                await self._to_own(scope, receive, send, authorization, added)
            else:
                await self._to_service(scope, receive, send, headers, authorization, added)
        except Refused as refusal:
            await _refuse(refusal, headers, self._settings.locale, send, added)

    def _who(self, scope: Scope, headers: "_Headers") -> tuple[str, str]:
        """The `Authorization` to go on with, and who asks.

        Raises:
            Unauthenticated: nobody known, and the route is not open to everybody.
            CsrfRefused: cookies alone do not show that our own page asked.
        """
        if routes.is_public(scope["method"], scope["path"]):
            # Whoever fills in a form does so as nobody, signed in or not.
            return "", f"address:{_address(scope)}"
        if scope["path"] in _OPEN and scope["method"] != "DELETE":
            return headers.authorization, f"address:{_address(scope)}"
        authorization = headers.authorization
        cookie = None if authorization else cookies.value_of(headers.cookie, cookies.ACCESS)
        if cookie is not None:
            authorization = f"Bearer {cookie}"
        caller = self._passes.callers.known(authorization)
        if cookie is not None and scope["method"] not in cookies.SAFE_METHODS:
            self._passes.csrf.require(caller.session_id, headers.csrf)
        return authorization, caller.sub

    def _allow(self, asks: str) -> list[Header]:
        """The `RateLimit-*` headers; raises RateLimited if the caller asks too much."""
        buckets = self._passes.buckets
        left = buckets.take(asks)
        if left < 0:
            retry = str(buckets.retry_after)
            told = {name.decode(): value.decode() for name, value in buckets.headers(left)}
            raise RateLimited(headers={"Retry-After": retry, **told})
        return buckets.headers(left)

    async def _to_own(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        authorization: str,
        added: list[Header],
    ) -> None:
        kept = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        if authorization:
            kept.append((b"authorization", authorization.encode("latin-1")))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app({**scope, "headers": kept}, receive, sending)

    async def _to_service(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: "_Headers",
        authorization: str,
        added: list[Header],
    ) -> None:
        raw_path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        query = scope["query_string"]
        route = routes.find(scope["path"], raw_path, query)
        if route is None:
            raise NotFound
        is_upload = scope["path"].startswith(("/api/v1/imports", "/api/v1/files"))
        settings = self._settings
        kept = forwarded_headers(scope["headers"], authorization, headers.request_id or new_id())
        if routes.is_public(scope["method"], scope["path"]):
            del kept["authorization"]
            kept["x-forwarded-for"] = _address(scope)
        await self._passes.upstreams.forward(
            route.service,
            Request(scope["method"], route.path, query, kept),
            receive,
            send,
            seconds=settings.import_seconds if is_upload else settings.upstream_seconds,
            largest_body=settings.largest_upload if is_upload else settings.largest_body,
            added=added,
        )


class _Headers(NamedTuple):
    """Those that decide here. A header that comes twice is not trusted to mean one thing."""

    authorization: str
    cookie: str
    csrf: str | None
    request_id: str | None
    language: str | None

    @classmethod
    def of(cls, headers: list[Header]) -> "_Headers":
        found: dict[bytes, str] = {}
        for name, value in headers:
            if name in _DECIDING:
                # Two different tokens, or two lengths: refused as no token at all.
                found[name] = "" if name in found else value.decode("latin-1")
        return cls(
            found.get(b"authorization", ""),
            found.get(b"cookie", ""),
            found.get(b"x-csrf-token"),
            _plain(found.get(b"x-request-id")),
            found.get(b"accept-language"),
        )


_DECIDING = frozenset(
    {b"authorization", b"cookie", b"x-csrf-token", b"x-request-id", b"accept-language"}
)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else "-"


def _told_own(scope: Scope) -> Scope:
    """`/operations/gateway/…` is this process's `/operations/…`."""
    path = routes.own_path(scope["path"])
    if path == scope["path"]:
        return scope
    raw_path = routes.own_path(scope["raw_path"].decode("latin-1")).encode("latin-1")
    return {**scope, "path": path, "raw_path": raw_path}


def _plain(request_id: str | None) -> str | None:
    """A client's own request id, if it is harmless in a log."""
    if request_id and len(request_id) <= 64 and request_id.replace("-", "").isalnum():
        return request_id if request_id.isascii() else None
    return None


async def _refuse(
    refusal: Refused, headers: _Headers, locale: str, send: Send, added: list[Header]
) -> None:
    body = msgspec.json.encode(refusal.document(language_of(headers.language, locale)))
    told = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", (headers.request_id or new_id()).encode()),
        (b"x-content-type-options", b"nosniff"),
        *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        *added,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": told})
    await send({"type": "http.response.body", "body": body})
