"""A neighbour that hangs, a broker that is away, a database that dies: the others go on."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from tests.e2e.suite import Person, Suite, eventually


@contextmanager
def frozen(suite: Suite, part: str) -> Iterator[None]:
    """While inside, the process of `part` stands still, as a hung one does."""
    pid = suite.status()[part]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: suite.status()[part]["ready"], 60)


@pytest.fixture
def director(suite: Suite) -> Person:
    return suite.person("sales.director")


def a_customer(person: Person) -> str:
    return str(person.get("/customers", limit=1)["items"][0]["id"])


def open_a_deal(person: Person, name: str, **more: Any) -> httpx.Response:
    return person.try_post(
        "/opportunities",
        {
            "name": name,
            "template": "standard",
            "customer_id": a_customer(person),
            "amount": {"amount": "10.00", "currency": "CNY"},
        },
        **more,
    )


@pytest.mark.parametrize("part", ["insights", "field", "pipeline"])
def test_a_service_that_hangs_is_missing_from_the_view_and_the_rest_is_served(
    suite: Suite, director: Person, part: str
) -> None:
    customer = a_customer(director)
    with frozen(suite, part):
        began = time.monotonic()
        view = director.get(f"/views/customer-360/{customer}")
        assert time.monotonic() - began < 5
        statuses = {name: found["status"] for name, found in view.items() if "status" in found}
        assert statuses["customer"] == "ok"
        assert "missing" in statuses.values()
    whole = eventually(lambda: director.get(f"/views/customer-360/{customer}"))
    assert {found["status"] for found in whole.values() if "status" in found} == {"ok"}


def test_a_request_to_a_service_that_hangs_is_told_so_in_time(
    suite: Suite, director: Person
) -> None:
    with frozen(suite, "field"):
        began = time.monotonic()
        answer = director.http.get("/visits")
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - began < 15
        assert director.http.get("/customers").status_code == 200


def test_without_kafka_answers_go_on_and_events_arrive_afterwards_once(
    suite: Suite, director: Person
) -> None:
    before = director.get("/kpis/pipeline")["overall"]["total"]
    deals: list[str] = []
    with frozen(suite, "kafka"):
        for n in range(20):
            answer = open_a_deal(director, f"While Kafka is away {n}")
            assert answer.status_code == 201, answer.text
            deals.append(answer.json()["id"])
    eventually(
        lambda: director.get("/kpis/pipeline")["overall"]["total"] == before + len(deals), 60
    )
    with MongoClient[dict[str, Any]](suite.run_state["mongodb"]) as client:
        eventually(lambda: client["pipeline"]["events"].count_documents({"pending": 1}) == 0, 30)


def test_a_dead_database_is_a_503_and_then_all_goes_on(suite: Suite, director: Person) -> None:
    customer = a_customer(director)
    os.kill(suite.status()["mongodb"]["pid"], signal.SIGKILL)
    key = str(uuid.uuid4())
    body = {
        "name": "Across a crash",
        "template": "standard",
        "customer_id": customer,
        "amount": {"amount": "10.00", "currency": "CNY"},
    }
    seen: set[int] = set()

    def written() -> httpx.Response | None:
        answer = director.try_post("/opportunities", body, key=key)
        seen.add(answer.status_code)
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            return None
        return answer

    answer = eventually(written, 60, every=0.5)
    assert answer is not None
    assert answer.status_code == 201
    assert seen <= {201, 503}
    again = director.try_post("/opportunities", body, key=key)
    assert again.json()["id"] == answer.json()["id"]
    eventually(lambda: all(part["ready"] for part in suite.status().values()), 60)
