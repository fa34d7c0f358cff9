"""The signing keys: made here, kept in the gateway's database, published as a JWKS, changed.

A new key is published first and signs a little later, when every process and every service has
had time to fetch it. An older one stays published until the last token that it signed has run
out. Every process of the gateway reads the same collection, so any of them may make a new one.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from chassis.clock import Clock
from chassis.ids import new_id
from chassis.mongo import Database, is_transient
from chassis.problems import Unauthenticated
from chassis.tasks import ended
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, KeySet, RSAKey

log = structlog.get_logger()

COLLECTION = "signing_keys"
ALGORITHM = "RS256"
AUDIENCE = "tianlong"
_BITS = 2048
# What clocks of other machines may differ by, and a cached JWKS may be old.
_MARGIN = timedelta(minutes=5)
# Services fetch keys anew every ten seconds, other processes of the gateway every two.
_SETTLING = timedelta(seconds=15)


class SigningKey(NamedTuple):
    id: str
    key: RSAKey
    created_at: datetime


class KeyRing:
    """Signs and checks access tokens. A part: started and stopped with the process."""

    role = "api"

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        issuer: str,
        token_lifetime: timedelta,
        lifetime: timedelta,
        poll_seconds: float,
    ) -> None:
        self._keys = db[COLLECTION]
        self._clock = clock
        self._issuer = issuer
        self._token_lifetime = token_lifetime
        self._lifetime = lifetime
        self._poll_seconds = poll_seconds
        self._ring: list[SigningKey] = []
        self._set = KeySet([])
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.load()
        if not self._ring:
            await self.rotate()
        self._task = asyncio.create_task(self._keep(), name="signing-keys")

    async def stop(self) -> None:
        await ended(self._task)

    def ready(self) -> bool:
        return bool(self._ring)

    async def load(self) -> None:
        """Read the ring again; newest first."""
        known = {key.id: key for key in self._ring}
        ring = []
        async for document in self._keys.find().sort([("created_at", -1), ("_id", -1)]):
            key = known.get(document["_id"]) or SigningKey(
                document["_id"],
                RSAKey.import_key(document["private_key"], _named(document["_id"])),
                document["created_at"],
            )
            ring.append(key)
        self._ring = ring
        self._set = KeySet([key.key for key in ring])

    async def rotate(self) -> str:
        """Make a new key, which signs as soon as it is known; drop those that nobody needs."""
        identifier = new_id()
        key = await asyncio.to_thread(RSAKey.generate_key, _BITS, _named(identifier))
        now = self._clock.now()
        await self._keys.insert_one(
            {
                "_id": identifier,
                "private_key": key.as_pem(private=True).decode(),
                "created_at": now,
            }
        )
        await self.load()
        await self._drop_unneeded()
        log.info("signing_key.made", key=identifier)
        return identifier

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An access token with these claims; who issued it, for whom and until when is added."""
        now = int(self._clock.now().timestamp())
        full = {
            **claims,
            "iss": self._issuer,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + int(self._token_lifetime.total_seconds()),
        }
        active = self._active()
        header = {"alg": ALGORITHM, "kid": active.id}
        return jwt.encode(header, full, active.key, algorithms=[ALGORITHM])

    def verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that we signed and that has not run out.

        Raises:
            Unauthenticated: it is anything else.
        """
        try:
            claims = jwt.decode(token, self._set, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            raise Unauthenticated from problem
        now = self._clock.now().timestamp()
        fits = claims.get("iss") == self._issuer and claims.get("aud") == AUDIENCE
        if not fits or not _is_after(claims.get("exp"), now):
            raise Unauthenticated
        return claims

    def public(self) -> dict[str, Any]:
        """The JWKS: public halves only."""
        return {"keys": [key.key.as_dict(private=False) for key in self._ring]}

    def _active(self) -> SigningKey:
        """The newest that everybody knows by now; the oldest, if none is known for so long."""
        known_since = self._clock.now() - _SETTLING
        return next((key for key in self._ring if key.created_at <= known_since), self._ring[-1])

    async def _drop_unneeded(self) -> None:
        """A key is needed for as long after its successor's birth as its last token lives."""
        overlap = self._token_lifetime + _MARGIN
        unneeded = [
            older.id
            for newer, older in zip(self._ring, self._ring[1:], strict=False)
            if newer.created_at + overlap < self._clock.now()
        ]
        if unneeded:
            await self._keys.delete_many({"_id": {"$in": unneeded}})
            await self.load()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            with contextlib.suppress(asyncio.TimeoutError):
                await self._look_after()

    async def _look_after(self) -> None:
        try:
            await self.load()
            if not self._ring or self._ring[0].created_at + self._lifetime < self._clock.now():
                await self.rotate()
            else:
                await self._drop_unneeded()
        except Exception as problem:
            if not is_transient(problem):
                raise
            log.warning("signing_keys.not_read", reason=str(problem))


def _named(identifier: str) -> KeyParameters:
    return {"kid": identifier, "use": "sig", "alg": ALGORITHM}


def _is_after(moment: object, now: float) -> bool:
    return isinstance(moment, int | float) and not isinstance(moment, bool) and moment > now
