"""The gateway's HTTP, as the command line and the sample company use it: nothing but its door."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tianlong.errors import Refused

_API = "/api/v1"
_DEADLINE = aiohttp.ClientTimeout(total=60)


class Gateway:
    """Signed in as one account; signs in again when its token has run out."""

    def __init__(
        self, session: aiohttp.ClientSession, address: str, username: str, password: str
    ) -> None:
        self._session = session
        self._address = address
        self._username = username
        self._password = password
        self._token = ""

    async def sign_in(self) -> None:
        """Raises Refused."""
        self._token = ""
        answer = await self._send(
            "POST",
            "/session",
            body={"username": self._username, "password": self._password},
            tries=4,
        )
        self._token = str(answer["access_token"])

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        wait_for: Sequence[str] = (),
    ) -> Any:
        """Read; with positions to wait for, until the reader has seen them. Raises Refused."""
        headers = {"Tianlong-Wait-For": ",".join(wait_for[-500:])} if wait_for else {}
        return await self._send_again_when_expired("GET", path, query=query, headers=headers)

    async def post(self, path: str, body: Any, key: str | None = None) -> Any:
        """Write; the same `key` again has one effect. Raises Refused."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self._send_again_when_expired("POST", path, body=body, headers=headers)

    async def upload(
        self, path: str, fields: Mapping[str, str], filename: str, content: bytes
    ) -> Any:
        """Send a file as a form. Raises Refused."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return await self._send_again_when_expired(
            "POST",
            path,
            query={"kind": fields["kind"]},
            form=(fields, filename, content),
            headers=headers,
        )

    async def _send_again_when_expired(self, method: str, path: str, **sent: Any) -> Any:
        try:
            return await self._send(method, path, **sent)
        except Refused as refusal:
            if refusal.status != 401:
                raise
            await self.sign_in()
            return await self._send(method, path, **sent)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        form: tuple[Mapping[str, str], str, bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = 20,
    ) -> Any:
        """One request, sent again while the gateway is busy or does not answer.

        A write carries its key along, so that it has one effect however often it is sent.
        """
        signed = {"Accept-Language": "en"}
        if self._token:
            signed["Authorization"] = f"Bearer {self._token}"
        for last in [False] * (tries - 1) + [True]:
            try:
                async with self._session.request(
                    method,
                    f"{self._address}{_API}{path}",
                    params=query,
                    json=body,
                    data=_as_form(form) if form else None,
                    headers={**signed, **(headers or {})},
                    timeout=_DEADLINE,
                ) as answer:
                    content = await _content(answer)
                    if answer.status < 400:
                        return content
                    if answer.status != 503 or last:
                        raise Refused(refusal(method, path, answer.status, content), answer.status)
                    wait = _seconds(answer.headers.get("Retry-After"))
            except (aiohttp.ClientError, TimeoutError) as problem:
                if last:
                    raise Refused(
                        f"The gateway at {self._address} does not answer "
                        f"({problem or 'no answer in time'}); see `tianlong status`."
                    ) from problem
                wait = 0.5
            await asyncio.sleep(wait)
        raise AssertionError("the last try either returns or raises")


@asynccontextmanager
async def signed_in(address: str, username: str, password: str) -> AsyncIterator[Gateway]:
    """A gateway to talk to. Raises Refused when it does not know the password, or is not there."""
    async with aiohttp.ClientSession() as session:
        gateway = Gateway(session, address, username, password)
        await gateway.sign_in()
        yield gateway


def refusal(method: str, path: str, status: int, content: Any) -> str:
    """A problem document as one sentence."""
    if not isinstance(content, dict):
        return f"{method} {path} was answered with {status}."
    told = [str(content.get("title") or status), str(content.get("detail") or "")]
    told += [
        f"{error.get('pointer', '')}: {error.get('message', '')}"
        for error in content.get("errors") or []
    ]
    return f"{method} {path} was refused ({status}): " + "; ".join(part for part in told if part)


async def _content(answer: aiohttp.ClientResponse) -> Any:
    try:
        return await answer.json(content_type=None)
    except ValueError:
        return None


def _as_form(form: tuple[Mapping[str, str], str, bytes]) -> aiohttp.FormData:
    fields, filename, content = form
    data = aiohttp.FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    data.add_field("file", content, filename=filename, content_type="application/octet-stream")
    return data


def _seconds(retry_after: str | None) -> float:
    try:
        return min(float(retry_after or 1), 10)
    except ValueError:
        return 1
