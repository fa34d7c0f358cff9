"""A session: one sign-in on one device, alive as long as its refresh token is exchanged in turn.

A refresh token is good once. Its number says which exchange of the session it is for, its seal
that we made it; one that comes a second time was stolen from somebody, so the whole session ends.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class RefreshToken(NamedTuple):
    """`<session id>.<number>.<seal>`."""

    session_id: str
    number: int
    seal: str

    @classmethod
    def read(cls, text: str) -> "RefreshToken | None":
        """None if it does not even look like one."""
        session_id, _, rest = text.partition(".")
        number, _, seal = rest.partition(".")
        if not (session_id and seal and number.isascii() and number.isdigit() and len(text) < 200):
            return None
        return cls(session_id, int(number), seal)

    def __str__(self) -> str:
        return f"{self.session_id}.{self.number}.{self.seal}"


class Session(NamedTuple):
    """As it is stored; `secret` seals its refresh tokens."""

    id: str
    account_id: str
    username: str
    staff_id: str | None
    secret: bytes
    number: int
    expires_at: datetime
    revoked_at: datetime | None

    def refresh_token(self) -> RefreshToken:
        return RefreshToken(self.id, self.number, self._seal(f"refresh:{self.number}"))

    def made(self, token: RefreshToken) -> bool:
        """Whether this session ever gave out this token."""
        genuine = self._seal(f"refresh:{token.number}")
        return token.number <= self.number and hmac.compare_digest(
            genuine.encode(), token.seal.encode()
        )

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def _seal(self, text: str) -> str:
        digest = hmac.digest(self.secret, f"{self.id}:{text}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Delay(NamedTuple):
    """After `free` failures in a row every further one doubles the wait, up to `longest`."""

    free: int = 10
    first_seconds: int = 30
    longest_seconds: int = 3600

    def seconds(self, failures: int) -> int:
        """How long to wait after this many failures in a row."""
        if failures < self.free:
            return 0
        doubled: int = self.first_seconds * 2 ** min(failures - self.free, 20)
        return min(doubled, self.longest_seconds)


LOCK_OUT = Delay()


def claims(session: Session, roles: list[str] | tuple[str, ...]) -> Mapping[str, Any]:
    """What an access token of this session says: who, not what they may do."""
    said: dict[str, Any] = {
        "sub": session.account_id,
        "sid": session.id,
        "roles": list(roles),
        "name": session.username,
    }
    if session.staff_id:
        said["staff"] = session.staff_id
    return said
