"""Signing in, staying signed in, being signed out."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis.clock import VirtualClock
from gateway.sessions.model import LOCK_OUT

if TYPE_CHECKING:
    from conftest import Gateway, RunGateway, Until

ADMIN_PASSWORD = "correct horse battery staple"

WRONG = {"username": "admin", "password": "not the password"}
RIGHT = {"username": "admin", "password": ADMIN_PASSWORD}


async def test_the_first_administrator_signs_in_with_the_given_password(gateway: Gateway) -> None:
    admin = await gateway.as_()
    me = (await admin.get("/me")).json()
    assert me["account"]["username"] == "admin"
    assert me["roles"] == ["admin"]
    assert me["access"]["accounts:*"] == "all"
    assert "customers:read" not in me["access"], "an administrator sees no business data"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(gateway: Gateway) -> None:
    wrong = await gateway.client.post("/session", json=WRONG)
    nobody = await gateway.client.post("/session", json=WRONG | {"username": "nobody"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json()


async def test_names_are_compared_without_case_and_width(gateway: Gateway) -> None:
    answer = await gateway.client.post("/session", json=RIGHT | {"username": " ＡDMIN "})
    assert answer.status_code == 200


async def test_ten_failures_lock_the_name_for_a_growing_while(run_gateway: RunGateway) -> None:
    clock = VirtualClock(datetime.now(UTC))
    async with run_gateway(clock) as gateway:
        for _ in range(10):
            assert (await gateway.client.post("/session", json=WRONG)).status_code == 401
        locked = await gateway.client.post("/session", json=RIGHT)
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= LOCK_OUT.first_seconds + 1
        clock.advance(timedelta(seconds=LOCK_OUT.first_seconds + 1))
        assert (await gateway.client.post("/session", json=WRONG)).status_code == 401
        again = await gateway.client.post("/session", json=RIGHT)
        assert int(again.headers["Retry-After"]) > LOCK_OUT.first_seconds + 1
        clock.advance(timedelta(seconds=2 * LOCK_OUT.first_seconds + 1))
        assert (await gateway.client.post("/session", json=RIGHT)).status_code == 200
        # Success forgets the failures.
        assert (await gateway.client.post("/session", json=WRONG)).status_code == 401
        assert (await gateway.client.post("/session", json=RIGHT)).status_code == 200


async def test_attempts_at_once_are_counted_before_they_are_judged(gateway: Gateway) -> None:
    answers = await asyncio.gather(
        *(gateway.client.post("/session", json=WRONG) for _ in range(14))
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) == 10
    assert statuses.count(429) == 4


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [LOCK_OUT.seconds(failures) for failures in (9, 10, 11, 12, 40)]
    assert waits == [0, 30, 60, 120, 3600]


async def test_a_refresh_token_is_good_once(gateway: Gateway) -> None:
    first = await gateway.sign_in()
    exchanged = await gateway.client.post(
        "/session/refresh", json={"refresh_token": first["refresh_token"]}
    )
    assert exchanged.status_code == 200
    second = exchanged.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await gateway.bearing(second["access_token"]).get("/me")).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_whole_session(gateway: Gateway) -> None:
    first = await gateway.sign_in()
    used = {"refresh_token": first["refresh_token"]}
    second = (await gateway.client.post("/session/refresh", json=used)).json()
    stolen = await gateway.client.post("/session/refresh", json=used)
    assert stolen.status_code == 401
    robbed = await gateway.client.post(
        "/session/refresh", json={"refresh_token": second["refresh_token"]}
    )
    assert robbed.status_code == 401
    assert (await gateway.bearing(second["access_token"]).get("/me")).status_code == 401


async def test_of_two_exchanges_at_once_at_most_one_succeeds(gateway: Gateway) -> None:
    tokens = await gateway.sign_in()
    body = {"refresh_token": tokens["refresh_token"]}
    answers = await asyncio.gather(
        *(gateway.client.post("/session/refresh", json=body) for _ in range(4))
    )
    assert sum(answer.status_code == 200 for answer in answers) <= 1


async def test_a_forged_refresh_token_does_not_end_the_session(gateway: Gateway) -> None:
    tokens = await gateway.sign_in()
    session_id = tokens["refresh_token"].partition(".")[0]
    for forged in (f"{session_id}.1.AAAA", f"{session_id}.0.AAAA", "x", "..", f"{session_id}.９.A"):
        answer = await gateway.client.post("/session/refresh", json={"refresh_token": forged})
        assert answer.status_code == 401
    body = {"refresh_token": tokens["refresh_token"]}
    assert (await gateway.client.post("/session/refresh", json=body)).status_code == 200


async def test_a_session_ends_after_its_lifetime(run_gateway: RunGateway) -> None:
    clock = VirtualClock(datetime.now(UTC))
    async with run_gateway(clock, refresh_seconds=3_600) as gateway:
        tokens = await gateway.sign_in()
        clock.advance(timedelta(hours=1, seconds=1))
        body = {"refresh_token": tokens["refresh_token"]}
        assert (await gateway.client.post("/session/refresh", json=body)).status_code == 401


async def test_signing_out_takes_effect_at_once(gateway: Gateway) -> None:
    client = await gateway.as_()
    assert (await client.delete("/session")).status_code == 204
    refused = await client.get("/me")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_a_revocation_by_another_process_arrives_within_a_second(
    run_gateway: RunGateway, until: Until
) -> None:
    async with run_gateway() as one, run_gateway() as other:
        tokens = await one.sign_in()
        there = other.bearing(tokens["access_token"])
        assert (await there.get("/me")).status_code == 200
        await one.bearing(tokens["access_token"]).delete("/session")

        async def is_out() -> bool:
            return (await there.get("/me")).status_code == 401

        await until(is_out, seconds=1)


async def test_an_access_token_runs_out(run_gateway: RunGateway) -> None:
    clock = VirtualClock(datetime.now(UTC))
    async with run_gateway(clock) as gateway:
        client = await gateway.as_()
        assert (await client.get("/me")).status_code == 200
        clock.advance(timedelta(minutes=10))
        assert (await client.get("/me")).status_code == 401


async def test_a_new_signing_key_leaves_old_tokens_valid_until_they_run_out(
    run_gateway: RunGateway, until: Until
) -> None:
    clock = VirtualClock(datetime.now(UTC))
    async with run_gateway(clock) as gateway:
        client = await gateway.as_()
        before = await published_keys(gateway)
        assert (await client.post("/signing-keys/rotate")).status_code == 200
        assert (await client.get("/me")).status_code == 200
        both = await published_keys(gateway)
        assert before < both
        fresh = await gateway.as_()
        assert (await fresh.get("/me")).status_code == 200
        clock.advance(timedelta(minutes=16))

        async def is_dropped() -> bool:
            return await published_keys(gateway) == both - before

        await until(is_dropped)


async def test_a_new_key_signs_when_everybody_has_had_time_to_fetch_it(
    run_gateway: RunGateway,
) -> None:
    clock = VirtualClock(datetime.now(UTC))
    async with run_gateway(clock) as gateway:
        admin = await gateway.as_()
        clock.advance(timedelta(minutes=1))
        [first] = await published_keys(gateway)
        new = (await admin.post("/signing-keys/rotate")).json()["key"]
        clock.advance(timedelta(seconds=10))
        assert key_of(await gateway.sign_in()) == first
        clock.advance(timedelta(seconds=6))
        assert key_of(await gateway.sign_in()) == new


def key_of(tokens: dict[str, Any]) -> str:
    header = tokens["access_token"].partition(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


async def test_published_keys_have_no_private_half(gateway: Gateway) -> None:
    answer = await gateway.client.get("http://gateway/.well-known/jwks.json")
    for key in answer.json()["keys"]:
        assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


async def published_keys(gateway: Gateway) -> set[str]:
    answer = await gateway.client.get("http://gateway/.well-known/jwks.json")
    return {key["kid"] for key in answer.json()["keys"]}


async def test_browsers_get_cookies_that_no_script_reads(gateway: Gateway) -> None:
    answer = await gateway.client.post("/session", json=RIGHT | {"cookies": True})
    assert "access_token" not in answer.json()
    told = answer.headers.get_list("set-cookie")
    for name in ("tianlong_access", "tianlong_refresh"):
        [cookie] = [one for one in told if one.startswith(f"{name}=")]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie


async def test_with_cookies_a_write_needs_the_csrf_header(gateway: Gateway) -> None:
    signed_in = await gateway.client.post("/session", json=RIGHT | {"cookies": True})
    csrf = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
    body = {"username": "new", "password": "12345678"}
    client = gateway.client
    assert (await client.get("/me")).status_code == 200
    assert (await client.post("/accounts", json=body)).status_code == 403
    wrong = await client.post("/accounts", json=body, headers={"X-CSRF-Token": "x"})
    assert wrong.status_code == 403
    assert (await client.post("/accounts", json=body, headers=csrf)).status_code == 201
    assert (await client.post("/session/refresh")).status_code == 403
    assert (await client.post("/session/refresh", headers=csrf)).status_code == 200
    assert (await client.delete("/session", headers=csrf)).status_code == 204
    assert (await client.get("/me")).status_code == 401
