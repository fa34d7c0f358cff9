"""Tokens that are not ours, in every way that somebody has tried."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from conftest import Gateway

FOREIGN = RSAKey.generate_key(2048, {"kid": "foreign"})


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "sub": "x",
        "sid": "s",
        "roles": ["admin"],
        "iss": "tianlong",
        "aud": "tianlong",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in (said | more).items() if value is not None}


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def is_refused(gateway: Gateway, token: str) -> bool:
    return (await gateway.bearing(token).get("/me")).status_code == 401


async def test_a_foreign_key_signs_nothing_here(gateway: Gateway) -> None:
    own = gateway.app.state.keys.public()["keys"][0]["kid"]
    for kid in (own, "foreign"):
        token = jwt.encode({"alg": "RS256", "kid": kid}, claims(), FOREIGN)
        assert await is_refused(gateway, token)


async def test_an_unsigned_token_is_none(gateway: Gateway) -> None:
    for algorithm in ("none", "None", "NONE"):
        for signature in ("", "x"):
            token = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}.{signature}"
            assert await is_refused(gateway, token)


async def test_the_public_key_is_no_secret_to_sign_with(gateway: Gateway) -> None:
    ring = gateway.app.state.keys
    [active] = ring._ring
    pem = active.key.as_pem(private=False)
    signed = f"{part({'alg': 'HS256', 'kid': active.id})}.{part(claims())}"
    seal = base64.urlsafe_b64encode(hmac.digest(pem, signed.encode(), "sha256")).decode()
    assert await is_refused(gateway, f"{signed}.{seal.rstrip('=')}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "somebody-else"},
        {"iss": None},
    ],
)
async def test_what_a_token_claims_has_to_fit(gateway: Gateway, wrong: dict[str, Any]) -> None:
    ring = gateway.app.state.keys
    [active] = ring._ring
    header = {"alg": "RS256", "kid": active.id}
    assert not await is_refused(gateway, jwt.encode(header, claims(), active.key))
    assert await is_refused(gateway, jwt.encode(header, claims(**wrong), active.key))


async def test_a_changed_token_is_refused(gateway: Gateway) -> None:
    token = (await gateway.sign_in())["access_token"]
    header, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = f"{header}.{part(said | {'roles': ['director']})}.{signature}"
    assert await is_refused(gateway, forged)
    assert await is_refused(gateway, token[:-8] + "AAAAAAAA")


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "bearer x y", "x" * 9_000])
async def test_other_schemes_are_nobody(gateway: Gateway, header: str) -> None:
    answer = await gateway.client.get("/me", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_the_scheme_is_read_in_any_case(gateway: Gateway) -> None:
    token = (await gateway.sign_in())["access_token"]
    answer = await gateway.client.get("/me", headers={"Authorization": f"bearer {token}"})
    assert answer.status_code == 200
