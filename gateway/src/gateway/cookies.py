"""Cookies for browsers: tokens that no script can read, and a CSRF header that no other site can.

Everything else sends `Authorization: Bearer`, which no browser adds by itself.
"""

import base64
import hmac
from http.cookies import CookieError, SimpleCookie

from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, Forbidden
from starlette.responses import Response

from gateway.sessions import store

ACCESS = "tianlong_access"
REFRESH = "tianlong_refresh"
CSRF = "tianlong_csrf"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REFRESH_PATH = "/api/v1/session"


class CsrfRefused(Forbidden):
    """A request with cookies that does not show it came from our own page."""

    def __init__(self) -> None:
        super().__init__(
            {
                CHINESE: "缺少或错误的 X-CSRF-Token",
                ENGLISH: "the X-CSRF-Token header is missing or wrong",
            }
        )


def value_of(header: str, name: str) -> str | None:
    """One cookie of a `Cookie` header."""
    if name not in header:
        return None
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None


class Csrf:
    """Makes and checks CSRF tokens: a seal on the session's id. A part: its secret is kept."""

    role = "api"

    def __init__(self, db: Database) -> None:
        self._db = db
        self._secret = b""

    async def start(self) -> None:
        self._secret = await store.secret(self._db, "csrf")

    async def stop(self) -> None:
        """Nothing runs."""

    def ready(self) -> bool:
        return bool(self._secret)

    def token(self, session_id: str) -> str:
        """What this session's pages are told, and must send back beside their cookies."""
        digest = hmac.digest(self._secret, f"csrf:{session_id}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def require(self, session_id: str, given: str | None) -> None:
        """Raises CsrfRefused unless `given` is this session's token."""
        expected = self.token(session_id)
        if not given or not hmac.compare_digest(given.encode(), expected.encode()):
            raise CsrfRefused


def put(
    response: Response,
    *,
    access: str,
    refresh: str,
    csrf: str,
    access_seconds: int,
    refresh_seconds: int,
    secure: bool,
) -> None:
    """The refresh token goes only where it is exchanged; the CSRF token is for scripts to read."""
    for name, value, seconds, path, is_hidden in (
        (ACCESS, access, access_seconds, "/", True),
        (REFRESH, refresh, refresh_seconds, _REFRESH_PATH, True),
        (CSRF, csrf, refresh_seconds, "/", False),
    ):
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=path,
            secure=secure,
            httponly=is_hidden,
            samesite="strict",
        )


def clear(response: Response, *, secure: bool) -> None:
    for name, path in ((ACCESS, "/"), (REFRESH, _REFRESH_PATH), (CSRF, "/")):
        response.delete_cookie(name, path=path, secure=secure, samesite="strict")
