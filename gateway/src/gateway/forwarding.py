"""Requests handed on to the services behind, and their answers handed back, as bytes.

One pool of connections per service, a deadline and a limit on what is under way, so that one
that hangs takes nobody with it. Nothing is parsed here that need not be.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import getrandbits
from typing import NamedTuple, NoReturn

import aiohttp
import structlog
from chassis.problems import CHINESE, ENGLISH, TooLarge, Unavailable
from multidict import CIMultiDict
from prometheus_client import Counter
from starlette.types import Receive, Send
from yarl import URL

log = structlog.get_logger()

FORWARDED = Counter(
    "tianlong_forwarded_requests_total",
    "requests handed on, by service and by the status of its answer (or late, away, refused)",
    ["service", "outcome"],
)
Header = tuple[bytes, bytes]
# RFC 9110 7.6.1: these speak of one connection only. `host`, `cookie` and `expect` are ours too.
_NOT_FORWARDED = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
        b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
        b"host", b"cookie", b"expect", b"x-csrf-token", b"forwarded", b"x-forwarded-for",
        b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip",
    }
)  # fmt: skip
_NOT_RETURNED = _NOT_FORWARDED | {b"date", b"server", b"set-cookie"}
# What must reach the service as we mean it, whatever `Connection` names.
_ESSENTIAL = frozenset(
    {b"authorization", b"content-length", b"content-type", b"idempotency-key", b"if-match"}
)
_BUFFERED = 256 * 1024
_CONNECT_SECONDS = 2.0
# Less than the five seconds after which the services close an idle connection.
_IDLE_SECONDS = 4.0


class ClientGone(Exception):
    """The client closed its connection before its request was whole."""


class Part(NamedTuple):
    """A service's answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Upstream:
    """One service: where it is, and how much is under way to it."""

    name: str
    address: URL
    session: aiohttp.ClientSession
    limit: int
    under_way: int = 0

    def url(self, raw_path: str, query: bytes) -> URL:
        return URL.build(
            scheme=self.address.scheme,
            authority=self.address.raw_authority,
            path=raw_path,
            query_string=query.decode("latin-1"),
            encoded=True,
        )

    def enter(self) -> None:
        """Raises Unavailable when as much is under way as may be."""
        if self.under_way >= self.limit:
            raise _is(self.name, "请求过多", "has too many requests under way", retry_after=1)
        self.under_way += 1

    def leave(self) -> None:
        self.under_way -= 1


class Request(NamedTuple):
    """What is forwarded: method, where to, headers ready to send."""

    method: str
    raw_path: str
    query: bytes
    headers: CIMultiDict[str]


class Upstreams:
    """Every service behind. A part: opens its pools at the start, closes them at the end."""

    role = "api"

    def __init__(self, addresses: Mapping[str, str], *, connections: int) -> None:
        self._addresses = {name: URL(address) for name, address in addresses.items()}
        self._connections = connections
        self._all: dict[str, Upstream] = {}

    async def start(self) -> None:
        for name, address in self._addresses.items():
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            )
            self._all[name] = Upstream(name, address, session, self._connections)

    async def stop(self) -> None:
        for upstream in self._all.values():
            await upstream.session.close()

    def ready(self) -> bool:
        """The gateway serves what it can; a service that is away is that service's trouble."""
        return bool(self._all)

    async def fetch(
        self, service: str, target: str, headers: Mapping[str, str], *, seconds: float
    ) -> Part:
        """GET `target` (a path with its query), read whole.

        Raises:
            Unavailable: the service is away, busy or late.
        """
        upstream = self._of(service)
        raw_path, _, query = target.partition("?")
        request = Request("GET", raw_path, query.encode(), CIMultiDict(headers))
        upstream.enter()
        try:
            async with asyncio.timeout(seconds):
                response = await _send(upstream, request, None)
                async with response:
                    return Part(response.status, response.headers, await response.read())
        except TimeoutError as late:
            raise _late(service, seconds) from late
        except aiohttp.ClientError as broken:
            raise _away(service) from broken
        finally:
            upstream.leave()

    async def forward(
        self,
        service: str,
        request: Request,
        receive: Receive,
        send: Send,
        *,
        seconds: float,
        largest_body: int,
        added: list[Header],
    ) -> None:
        """Hand on one request and hand back its answer, with `added` headers.

        Raises:
            Unavailable: the service is away, busy or late; nothing was answered yet.
            TooLarge: the body is over `largest_body`.
        """
        upstream = self._of(service)
        upstream.enter()
        body: bytes | _Pieces | None = None
        try:
            async with asyncio.timeout(seconds) as deadline:
                body = await _body(request, receive, largest_body)
                response = await _send(upstream, request, body)
                async with response:
                    await _hand_back(response, send, added, deadline)
            FORWARDED.labels(service, response.status).inc()
        except TimeoutError as late:
            FORWARDED.labels(service, "late").inc()
            raise _late(service, seconds) from late
        except ClientGone:
            return
        except aiohttp.ClientError as broken:
            cut = body.refusal if isinstance(body, _Pieces) else None
            if isinstance(cut, ClientGone):
                return
            FORWARDED.labels(service, "refused" if cut else "away").inc()
            raise (cut or _away(service)) from broken
        finally:
            upstream.leave()

    def _of(self, service: str) -> Upstream:
        upstream = self._all.get(service)
        if upstream is None:
            raise _away(service)
        return upstream


def forwarded_headers(
    headers: list[Header], authorization: str, request_id: str
) -> CIMultiDict[str]:
    """What the service is to see: the caller's own headers without those of the connection."""
    dropped = _NOT_FORWARDED
    for name, value in headers:
        if name == b"connection":
            named = {part.strip().lower() for part in value.split(b",")}
            dropped = dropped | (named - _ESSENTIAL)
    kept: CIMultiDict[str] = CIMultiDict()
    for name, value in headers:
        if name not in dropped:
            kept.add(name.decode("latin-1"), value.decode("latin-1"))
    kept["authorization"] = authorization
    kept["x-request-id"] = request_id
    if "traceparent" not in kept:
        kept["traceparent"] = f"00-{getrandbits(128):032x}-{getrandbits(64):016x}-01"
    return kept


async def _send(
    upstream: Upstream, request: Request, body: "bytes | _Pieces | None"
) -> aiohttp.ClientResponse:
    url = upstream.url(request.raw_path, request.query)
    for is_last in (False, True):
        try:
            return await upstream.session.request(
                request.method, url, headers=request.headers, data=body, allow_redirects=False
            )
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # A connection from the pool that the service had just closed. What is safe to say
            # twice is said twice; a command is, by its key.
            if is_last or not _may_repeat(request, body):
                raise
    raise AssertionError("the last attempt returns or raises")


def _may_repeat(request: Request, body: "bytes | _Pieces | None") -> bool:
    if not (body is None or isinstance(body, bytes)):
        return False
    return request.method in {"GET", "HEAD"} or "idempotency-key" in request.headers


async def _body(request: Request, receive: Receive, largest: int) -> "bytes | _Pieces | None":
    """The body whole if it is small, else piece by piece as it comes."""
    announced = request.headers.get("content-length")
    if announced is None and request.method in {"GET", "HEAD", "DELETE"}:
        return None
    size = int(announced) if announced is not None and announced.isdigit() else None
    if size is not None and size > largest:
        raise _too_large(largest)
    if size is None or size > _BUFFERED:
        return _Pieces(receive, largest)
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


class _Pieces:
    """A body on its way through, piece by piece; `refusal` is why it was cut off."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = largest
        self._size = 0
        self._is_over = False
        self.refusal: Exception | None = None

    def __aiter__(self) -> "_Pieces":
        return self

    async def __anext__(self) -> bytes:
        piece = b""
        while not piece:
            if self._is_over:
                raise StopAsyncIteration
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._cut(ClientGone())
            piece = message.get("body", b"")
            self._is_over = not message.get("more_body", False)
        self._size += len(piece)
        if self._size > self._largest:
            self._cut(_too_large(self._largest))
        return piece

    def _cut(self, why: Exception) -> NoReturn:
        self.refusal = why
        raise why


async def _hand_back(
    response: aiohttp.ClientResponse, send: Send, added: list[Header], deadline: asyncio.Timeout
) -> None:
    headers = [
        (name.lower(), value)
        for name, value in response.raw_headers
        if name.lower() not in _NOT_RETURNED
    ]
    headers += added
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    size = response.content_length
    if size is not None and size <= _BUFFERED:
        body = await response.read()
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    # From here on the client has a status; a stream that breaks can only be cut off.
    deadline.reschedule(None)
    async for piece in response.content.iter_any():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _too_large(largest: int) -> TooLarge:
    mebibytes = largest / 1024 / 1024
    return TooLarge(
        {CHINESE: f"请求体超过 {mebibytes:g} MiB", ENGLISH: f"the body is over {mebibytes:g} MiB"}
    )


def _late(service: str, seconds: float) -> Unavailable:
    return _is(
        service,
        f"在 {seconds:g} 秒内没有应答；写操作可能已完成，请用同一 Idempotency-Key 重试",
        f"did not answer within {seconds:g} s; a write may have been carried out: "
        "repeat it with the same Idempotency-Key",
        retry_after=2,
    )


def _away(service: str) -> Unavailable:
    return _is(service, "暂时不可用", "is not available right now", retry_after=2)


def _is(service: str, chinese: str, english: str, *, retry_after: int) -> Unavailable:
    return Unavailable(
        {CHINESE: f"{service} {chinese}", ENGLISH: f"{service} {english}"},
        retry_after=retry_after,
    )
