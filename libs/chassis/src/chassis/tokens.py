"""Who is calling: access tokens verified against published keys; grants fetched beside them.

Every service verifies for itself. A token that was verified once is remembered by its hash until
it expires; keys and grants are fetched when missing and refreshed in the background of requests.
"""

import asyncio
import hashlib
import time
from typing import Any

import aiohttp
import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.problems import CHINESE, ENGLISH, Unauthenticated, Unavailable
from chassis.scopes import Caller, Grants
from chassis.settings import ServiceSettings
from chassis.tasks import ended

log = structlog.get_logger()

AUDIENCE = "tianlong"
ISSUER = "tianlong"
ALGORITHMS = ["RS256"]
LONGEST_TOKEN = 4096
MOST_REMEMBERED = 20_000
REFRESH_SECONDS = 10.0
RETRY_SECONDS = 1.0


class Callers:
    """Turns bearer tokens into callers, and knows what their roles are granted."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._keys = KeySet.import_key_set(settings.jwks) if settings.jwks else None  # type: ignore[arg-type]
        self._grants: Grants | None = settings.grants
        self._is_fixed = settings.jwks is not None and settings.grants is not None
        self._fetched_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._remembered: dict[bytes, tuple[float, Caller]] = {}

    async def grants(self) -> Grants:
        await self._keep_fresh(is_needed=self._grants is None)
        if self._grants is None:
            raise _no_keys()
        return self._grants

    async def caller(self, authorization: str | None, language: str) -> Caller:
        """Who bears this `Authorization` header.

        Raises:
            Unauthenticated: nobody, or the token is not ours, forged or expired.
            Unavailable: no signing keys could be fetched yet.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated({CHINESE: "令牌过长", ENGLISH: "the token is too long"})
        digest = hashlib.sha256(token.encode()).digest()
        remembered = self._remembered.get(digest)
        if remembered is None or remembered[0] <= time.time():
            remembered = await self._verify(token)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = remembered
        return remembered[1]._replace(language=language)

    async def _verify(self, token: str) -> tuple[float, Caller]:
        await self._keep_fresh(is_needed=self._keys is None)
        try:
            claims = self._claims(token)
        except (JoseError, ValueError, KeyError, TypeError):
            # The key may be newer than what was fetched.
            await self._keep_fresh(is_needed=True)
            try:
                claims = self._claims(token)
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise Unauthenticated(
                    {CHINESE: "令牌无效或已过期", ENGLISH: "the token is not valid or has expired"}
                ) from error
        caller = Caller(
            sub=str(claims["sub"]),
            staff_id=claims.get("staff"),
            roles=tuple(claims.get("roles", ())),
            session_id=str(claims.get("sid", "")),
        )
        return float(claims["exp"]), caller

    def _claims(self, token: str) -> dict[str, Any]:
        if self._keys is None:
            raise _no_keys()
        decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        registry = jwt.JWTClaimsRegistry(
            exp={"essential": True},
            sub={"essential": True},
            aud={"essential": True, "value": AUDIENCE},
            iss={"essential": True, "value": ISSUER},
        )
        registry.validate(decoded.claims)
        return decoded.claims

    async def _keep_fresh(self, *, is_needed: bool) -> None:
        age = time.monotonic() - self._fetched_at
        if self._is_fixed or age < (RETRY_SECONDS if is_needed else REFRESH_SECONDS):
            return
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch(), name="fetch-keys")
        if is_needed:
            await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        timeout = aiohttp.ClientTimeout(total=3)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                keys = await _get(session, self._settings.jwks_url)
                grants = await _get(session, self._settings.where_grants_are)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, OSError) as error:
            log.warning("keys.not_fetched", error=str(error))
        else:
            self._keys = KeySet.import_key_set(keys)
            self._grants = grants
        self._fetched_at = time.monotonic()

    async def stop(self) -> None:
        await ended(self._fetching)


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return msgspec.json.decode(await answer.read())


def _no_keys() -> Unavailable:
    return Unavailable(
        {CHINESE: "签名公钥暂不可用", ENGLISH: "signing keys could not be fetched yet"}
    )
