"""A load generator that costs little: kept-alive connections, requests written by hand.

Loads go to loopback only, and are bounded in count.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec


class Unexpected(Exception):
    """An answer with a status that the measurement does not allow."""


class Connection:
    """One kept-alive HTTP/1.1 connection to a process on this machine."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        parts = urlsplit(address)
        if parts.hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError("loads go to loopback only")
        self._host, self._port = parts.hostname, parts.port or 80
        told = {"Host": f"{self._host}:{self._port}", **headers}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(
        self, method: str, path: str, body: object = None, headers: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of one request; `headers` are whole lines."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        content = b"" if body is None else msgspec.json.encode(body)
        kind = "Content-Type: application/json\r\n" if body is not None else ""
        head = (
            f"{method} {path} HTTP/1.1\r\n{self._headers}{headers}{kind}"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        return status, await self._body(answer.lower())

    async def _body(self, head: bytes) -> bytes:
        assert self._reader is not None
        at = head.find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 : head.index(b"\r\n", at)])
            return await self._reader.readexactly(length)
        pieces: list[bytes] = []
        while size := int(await self._reader.readline(), 16):
            pieces.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(pieces)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@dataclass
class Measured:
    """Times in seconds of each request, and of the whole."""

    seconds: float
    each: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.each) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.each)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def median(self) -> float:
        return statistics.median(self.each)


async def in_flight(
    jobs: Iterable[Callable[[Connection], Awaitable[None]]],
    connections: list[Connection],
) -> Measured:
    """Run all jobs, each on one of the connections, as many at once as there are connections."""
    waiting = iter(jobs)
    each: list[float] = []

    async def worker(connection: Connection) -> None:
        for job in waiting:
            began = time.perf_counter()
            await job(connection)
            each.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(worker(connection) for connection in connections))
    return Measured(time.perf_counter() - began, each)


async def expecting(
    connection: Connection,
    status: int,
    method: str,
    path: str,
    body: object = None,
    headers: str = "",
) -> bytes:
    """The body of an answer that has to have this status."""
    got, answer = await connection.request(method, path, body, headers)
    if got != status:
        raise Unexpected(f"{method} {path}: {got} {answer[:300]!r}")
    return answer
