"""What an operator does, and what happens to processes and sessions; on the running suite."""

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from tests.e2e.suite import ADMIN_PASSWORD, Person, Suite, eventually, tianlong

Body = dict[str, Any]
PARTS = ("mongodb", "kafka", "customers", "pipeline", "field", "insights", "gateway")
GROUPINGS = ("owner", "team", "region", "product", "customer", "month")
PASSWORD = "a password for the test run"


@pytest.fixture(scope="module")
def director(suite: Suite) -> Person:
    return suite.person("sales.director")


@pytest.fixture
def visitor(suite: Suite) -> Iterator[httpx.Client]:
    """Somebody who is not signed in."""
    with httpx.Client(
        base_url=f"{suite.address}/api/v1", timeout=30, headers={"Accept-Language": "en"}
    ) as client:
        yield client


def told(suite: Suite, *arguments: str) -> str:
    done = tianlong(*arguments, data=suite.data, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# What an operator sees


def test_status_tells_every_process_and_that_nothing_waits(suite: Suite) -> None:
    def everything_is_done() -> bool:
        parts = suite.status()
        assert set(parts) == set(PARTS)
        for name, part in parts.items():
            assert part["ready"], name
            assert part["pid"] > 0
            assert part["memory_bytes"] > 10_000_000
        counted = [part for part in parts.values() if part["consumer_lag"] is not None]
        assert {part["name"] for part in counted} >= {"customers", "pipeline", "field", "insights"}
        return all(
            part[name] == 0
            for part in counted
            for name in ("consumer_lag", "pending_events", "dead_letters")
        )

    assert eventually(everything_is_done, 60)


def test_the_doctor_finds_nothing_wrong(suite: Suite) -> None:
    found = told(suite, "doctor")
    for word in ("Python", "MongoDB", "Java", "Kafka"):
        assert word in found
    assert "✗" not in found


def test_nothing_is_held(suite: Suite) -> None:
    assert "Nothing is held" in told(suite, "dead-letters", "list")


def test_a_second_run_on_the_same_data_is_refused_in_one_sentence(suite: Suite) -> None:
    before = {name: part["pid"] for name, part in suite.status().items()}
    refused = tianlong("run", "--detach", "--port", "1", data=suite.data, check=False)
    assert refused.returncode != 0
    lines = [line for line in (refused.stdout + refused.stderr).splitlines() if line.strip()]
    assert len(lines) == 1
    assert "already runs" in lines[0]
    assert "tianlong stop" in lines[0]
    assert "Traceback" not in lines[0]
    assert {name: part["pid"] for name, part in suite.status().items()} == before


# Rebuild


def everything_shown(director: Person) -> Body:
    """All figures, tiers and alerts, without the moment at which they were read."""
    figures: Body = {}
    for grouping in GROUPINGS:
        answer = director.get("/kpis/pipeline", group_by=grouping)
        figures[grouping] = (answer["rows"], answer["overall"])
    figures["tiers"] = director.all_of("/tiers")
    figures["alerts"] = director.all_of("/alerts")
    return figures


def published_by_insights(suite: Suite) -> int:
    with MongoClient[Body](suite.run_state["mongodb"]) as client:
        return client["insights"]["events"].count_documents({})


def settled(suite: Suite) -> bool:
    part = suite.status()["insights"]
    return bool(part["consumer_lag"] == 0 and part["pending_events"] == 0)


def test_a_rebuild_comes_to_the_same_and_decides_nothing_anew(
    suite: Suite, director: Person
) -> None:
    eventually(lambda: settled(suite), 60)
    before, events_before = everything_shown(director), published_by_insights(suite)
    assert "Rebuilt" in told(suite, "rebuild", "all")
    after = everything_shown(director)
    for name, figures in before.items():
        assert after[name] == figures, name
    assert published_by_insights(suite) == events_before


def test_what_is_written_during_a_rebuild_is_counted_once(suite: Suite, director: Person) -> None:
    customer = director.get("/customers", limit=1)["items"][0]["id"]
    before = director.get("/kpis/pipeline")["overall"]["total"]
    admin = suite.person("admin")
    admin.post("/operations/insights/rebuild", {"projection": "all"})
    deals = 0
    while admin.get("/operations/insights/rebuild")["state"] != "done":
        director.post("/opportunities", {"name": f"Deal {deals}", "customer_id": customer})
        deals += 1
    assert deals > 0
    eventually(lambda: director.get("/kpis/pipeline")["overall"]["total"] == before + deals)


# Processes


@pytest.mark.parametrize("part", ["pipeline", "insights", "gateway"])
def test_a_killed_process_is_started_again_and_goes_on(
    suite: Suite, director: Person, part: str
) -> None:
    before = suite.status()[part]
    os.kill(before["pid"], signal.SIGKILL)

    def is_back() -> bool:
        now = suite.status()[part]
        return bool(
            now["ready"]
            and now["pid"] != before["pid"]
            and now["restarts"] == before["restarts"] + 1
        )

    eventually(is_back, 60)
    total = eventually(lambda: director.get("/kpis/pipeline")["overall"]["total"])
    customer = director.get("/customers", limit=1)["items"][0]["id"]
    director.post("/opportunities", {"name": "After the crash", "customer_id": customer})
    eventually(lambda: director.get("/kpis/pipeline")["overall"]["total"] == total + 1)


# Sessions


def an_account(suite: Suite) -> str:
    username = f"visitor-{uuid.uuid4().hex[:10]}"
    admin = suite.person("admin")
    admin.post("/accounts", {"username": username, "password": PASSWORD, "roles": ["admin"]})
    return username


def sign_in(client: httpx.Client, username: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/session", json={"username": username, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_too_many_wrong_passwords_lock_the_sign_in_for_a_while(
    suite: Suite, visitor: httpx.Client
) -> None:
    username = an_account(suite)
    statuses = []
    while 429 not in statuses:
        statuses.append(sign_in(visitor, username, "not the password").status_code)
        assert len(statuses) <= 20
    assert set(statuses[:-1]) == {401}
    # The right one does not help either, until the time is over; others are not concerned.
    locked = sign_in(visitor, username)
    assert locked.status_code == 429
    assert locked.json()["type"] == "/problems/rate-limited"
    assert int(locked.headers["Retry-After"]) > 0
    assert sign_in(visitor, an_account(suite)).status_code == 200


def test_a_wrong_password_and_an_unknown_name_look_the_same(
    suite: Suite, visitor: httpx.Client
) -> None:
    wrong = sign_in(visitor, an_account(suite), "not the password")
    unknown = sign_in(visitor, "nobody.at.all", "not the password")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json() == unknown.json()


def test_a_refresh_token_is_good_once_and_a_stolen_one_ends_the_session(
    suite: Suite, visitor: httpx.Client
) -> None:
    session = sign_in(visitor, an_account(suite)).json()
    first = {"refresh_token": session["refresh_token"]}
    exchanged = visitor.post("/session/refresh", json=first)
    assert exchanged.status_code == 200
    fresh = exchanged.json()
    assert fresh["refresh_token"] != session["refresh_token"]
    assert visitor.get("/me", headers=bearer(fresh["access_token"])).status_code == 200

    assert visitor.post("/session/refresh", json=first).status_code == 401
    second = {"refresh_token": fresh["refresh_token"]}
    assert visitor.post("/session/refresh", json=second).status_code == 401
    for token in (session["access_token"], fresh["access_token"]):
        assert visitor.get("/me", headers=bearer(token)).status_code == 401


def test_signing_out_takes_effect_at_once(suite: Suite, visitor: httpx.Client) -> None:
    session = sign_in(visitor, an_account(suite)).json()
    headers = bearer(session["access_token"])
    paths = ("/me", "/staff", "/products")
    assert [visitor.get(path, headers=headers).status_code for path in paths] == [200] * 3
    assert visitor.delete("/session", headers=headers).status_code == 204
    assert [visitor.get(path, headers=headers).status_code for path in paths] == [401] * 3
    exchange = {"refresh_token": session["refresh_token"]}
    assert visitor.post("/session/refresh", json=exchange).status_code == 401


def test_a_disabled_account_is_out_at_once(suite: Suite, visitor: httpx.Client) -> None:
    username = an_account(suite)
    session = sign_in(visitor, username).json()
    headers = bearer(session["access_token"])
    account = visitor.get("/me", headers=headers).json()["account"]["id"]
    admin = suite.person("admin")
    read = admin.http.get(f"/accounts/{account}")
    changed = admin.http.patch(
        f"/accounts/{account}",
        json={"is_enabled": False},
        headers={"If-Match": read.headers["ETag"]},
    )
    assert changed.status_code == 200, changed.text
    assert visitor.get("/me", headers=headers).status_code == 401
    assert sign_in(visitor, username).status_code == 401


def test_the_administrator_sees_no_business(suite: Suite) -> None:
    with closing(Person(suite.address, "admin", ADMIN_PASSWORD)) as admin:
        for path in ("/customers", "/opportunities", "/orders", "/kpis/pipeline"):
            assert admin.http.get(path).status_code == 403, path
