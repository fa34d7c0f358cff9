"""Tokens for tests, signed with a key of the test kit's own; grants that let roles work."""

import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from chassis.tokens import AUDIENCE, ISSUER

KEY = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
JWKS: dict[str, Any] = dict(KeySet([KEY]).as_dict(private=False))

# Enough for a service's own tests; the real matrix is the gateway's.
GRANTS: dict[str, dict[str, str]] = {
    "rep": {"*:*": "shared"},
    "supervisor": {"*:*": "below"},
    "manager": {"*:*": "below"},
    "director": {"*:*": "all"},
    "admin": {"*:*": "all"},
    "nobody": {},
}


def token(staff_id: str | None = None, *roles: str, sub: str | None = None, **claims: Any) -> str:
    """An access token for a member of staff (or, with `sub` only, for an account without one)."""
    now = int(time.time())
    said: dict[str, Any] = {
        "sub": sub or f"account-of-{staff_id}",
        "roles": list(roles or ("rep",)),
        "sid": "test",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 600,
    }
    if staff_id is not None:
        said["staff"] = staff_id
    return jwt.encode({"alg": "RS256", "kid": "test"}, said | claims, KEY)


def bearer(staff_id: str | None = None, *roles: str, **claims: Any) -> dict[str, str]:
    """The `Authorization` header for `token`."""
    return {"Authorization": f"Bearer {token(staff_id, *roles, **claims)}"}
