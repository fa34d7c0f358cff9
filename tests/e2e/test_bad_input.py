"""What comes in wrong is refused with its reason, on every part's door, and leaves nothing."""

import json
import uuid
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from tests.e2e.suite import Person, Suite

PATHS = ("/customers", "/contacts", "/opportunities", "/follow-ups", "/visit-plans", "/orders")


@pytest.fixture
def rep(suite: Suite) -> Person:
    return suite.person("darcel.schlecht")


def recorded(suite: Suite) -> int:
    with MongoClient[dict[str, Any]](suite.run_state["mongodb"]) as client:
        return sum(
            client[name]["events"].count_documents({})
            for name in ("customers", "pipeline", "field", "insights")
        )


def send(person: Person, path: str, content: bytes, **headers: str) -> httpx.Response:
    told = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json", **headers}
    return person.http.post(path, content=content, headers=told)


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "not JSON": (b"{", 400),
    "not an object": (b"[1,2]", 400),
    "unknown field": (b'{"no_such_field": 1}', 400),
    "bad bytes": (b'{"name": "\xff\xfe"}', 400),
    "control characters": (b'{"name": "a\\u0000b"}', 400),
    "half a surrogate": (b'{"name": "\\ud800"}', 400),
    "too deep": (b'{"a":' * 2000 + b"1" + b"}" * 2000, 400),
    "10 MB": (b'{"name": "' + b"x" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_problem_and_leaves_nothing(
    suite: Suite, rep: Person, path: str, name: str
) -> None:
    content, status = BODIES[name]
    before = recorded(suite)
    answer = send(rep, path, content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] in {"/problems/validation", "/problems/too-large"}
    assert recorded(suite) == before


@pytest.mark.parametrize("amount", ["-1", "1e30", "NaN", "0.001", "", None, 1e400, []])
def test_an_impossible_amount_is_refused_by_its_field(rep: Person, amount: object) -> None:
    body = {"name": "x", "template": "standard", "amount": {"amount": amount, "currency": "CNY"}}
    answer = send(rep, "/opportunities", json.dumps(body).encode())
    assert answer.status_code == 400
    assert any("amount" in error["pointer"] for error in answer.json()["errors"])


@pytest.mark.parametrize("path", PATHS)
def test_unknown_ids_and_strange_ones_are_not_found(rep: Person, path: str) -> None:
    for identifier in ("no-such-thing", "..%2f..", "%00", "x" * 500, "$where", "{}"):
        answer = rep.http.get(f"{path}/{identifier}")
        assert answer.status_code in {400, 404}, (identifier, answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_anothers_record_is_not_there(suite: Suite, rep: Person) -> None:
    other = suite.person("vicki.laflamme")
    theirs = other.get("/opportunities", limit=1)["items"][0]["id"]
    assert rep.http.get(f"/opportunities/{theirs}").status_code == 404
    assert rep.try_post(f"/opportunities/{theirs}/lose", {"reasons": ["price"]}).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_nobody_gets_in_without_a_good_token(suite: Suite, path: str) -> None:
    for token in ("", "Bearer x", "Basic YWRtaW46YWRtaW4=", "Bearer " + "x" * 9000):
        answer = httpx.get(f"{suite.address}/api/v1{path}", headers={"Authorization": token})
        assert answer.status_code == 401
        assert answer.json()["type"] == "/problems/unauthenticated"


BROKEN_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "validation"),
    "no such columns": (b"a,b,c\n1,2,3\n", "validation"),
    "bad bytes": (b"product,series,sales_price\n\xff\xfe\xfd\x81\x00,x,1\n", "validation"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_told_and_nothing_comes_of_it(suite: Suite, name: str) -> None:
    content, slug = BROKEN_FILES[name]
    before = recorded(suite)
    admin = suite.person("admin")
    answer = admin.http.post(
        "/imports",
        params={"kind": "products"},
        data={"kind": "products", "mapping": "crm-sales-opportunities-products"},
        files={"file": ("products.csv", content)},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == f"/problems/{slug}"
    assert recorded(suite) == before
