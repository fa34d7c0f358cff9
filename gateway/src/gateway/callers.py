"""Who calls, as the gateway knows it: by its own keys, its own grants, and what is revoked."""

import hashlib
from typing import Any

from chassis.clock import Clock
from chassis.problems import CHINESE, ENGLISH, Unauthenticated
from chassis.scopes import Caller, Grants
from chassis.settings import ServiceSettings
from chassis.tokens import LONGEST_TOKEN, MOST_REMEMBERED, Callers

from gateway.keys import KeyRing
from gateway.revocations import Revocations


class OwnCallers(Callers):
    """The chassis' callers, with nothing to fetch: keys and grants are this process's own."""

    def __init__(
        self,
        settings: ServiceSettings,
        clock: Clock,
        *,
        keys: KeyRing,
        revocations: Revocations,
        grants: Grants,
    ) -> None:
        super().__init__(settings)
        self._clock = clock
        self._ring = keys
        self._revocations = revocations
        self._own_grants = grants
        self._known: dict[bytes, tuple[float, Caller]] = {}

    async def grants(self) -> Grants:
        return self._own_grants

    async def caller(self, authorization: str | None, language: str) -> Caller:
        return self.known(authorization or "")._replace(language=language)

    def known(self, authorization: str) -> Caller:
        """Who bears this header; a token is checked once and remembered until it runs out.

        Raises:
            Unauthenticated: nobody; the token is not ours, forged or expired; its session ended.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise Unauthenticated
        digest = hashlib.sha256(token.encode()).digest()
        found = self._known.get(digest)
        if found is None or found[0] <= self._clock.now().timestamp():
            found = self._checked(token)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = found
        caller = found[1]
        if caller.session_id in self._revocations:
            raise Unauthenticated(
                {CHINESE: "会话已结束，请重新登录", ENGLISH: "the session has ended; sign in again"}
            )
        return caller

    def _checked(self, token: str) -> tuple[float, Caller]:
        claims: dict[str, Any] = self._ring.verified(token)
        caller = Caller(
            sub=str(claims["sub"]),
            staff_id=claims.get("staff"),
            roles=tuple(claims.get("roles", ())),
            session_id=str(claims.get("sid", "")),
        )
        return float(claims["exp"]), caller
