"""The whole system as its users meet it: one address, sign-ins, HTTP. No code of the product."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
ADMIN_PASSWORD = "admin-of-the-test-run"
SAMPLE_PASSWORD = "staff-of-the-test-run"
COMMAND = Path(sys.executable).with_name("tianlong")


class NotYet(AssertionError):
    """What was waited for did not become so in time."""


def eventually(check: Callable[[], T], seconds: float = 20, every: float = 0.1) -> T:
    """What `check` returns, as soon as it neither fails nor returns something false.

    Raises:
        NotYet: not within `seconds`; says what went wrong last.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = check()
            if found:
                return found
            last: object = f"it is {found!r}"
        except (AssertionError, httpx.HTTPError, KeyError, IndexError) as problem:
            last = problem
        if time.monotonic() > deadline:
            raise NotYet(f"not within {seconds} s: {last}")
        time.sleep(every)


class Person:
    """Somebody who is signed in, with a client of their own."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self.username = username
        self.http = httpx.Client(
            base_url=f"{address}/api/v1", timeout=30, headers={"Accept-Language": "en"}
        )
        answer = self.http.post("/session", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        self.session = answer.json()
        self.http.headers["Authorization"] = f"Bearer {self.session['access_token']}"
        self.me = self.get("/me")

    @property
    def staff_id(self) -> str:
        return str(self.me["staff"]["id"])

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def try_post(
        self, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        told = {"Idempotency-Key": key or str(uuid.uuid4()), **headers}
        return self.http.post(path, json=body if body is not None else {}, headers=told)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.try_post(path, body, **headers)
        assert answer.status_code in {200, 201}, f"POST {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def patch(self, path: str, body: Any) -> Any:
        """Change what was read just now."""
        read = self.http.get(path)
        assert read.status_code == 200, f"GET {path}: {read.status_code} {read.text}"
        answer = self.http.patch(path, json=body, headers={"If-Match": read.headers["ETag"]})
        assert answer.status_code == 200, f"PATCH {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def attach(self, record: str, name: str, content: bytes, media_type: str) -> str:
        """The id of a file that is this record's from now on."""
        answer = self.http.post(
            "/files",
            params={"record": record},
            files={"file": (name, content, media_type)},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        assert answer.status_code == 201, f"POST /files: {answer.status_code} {answer.text}"
        return str(answer.json()["id"])

    def all_of(self, path: str, **query: Any) -> list[Any]:
        """Every item of a list, page after page."""
        items: list[Any] = []
        cursor = None
        while True:
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            found = self.get(path, limit=200, **query, **more)
            items += found["items"]
            cursor = found["next_cursor"]
            if cursor is None:
                return items


@dataclass
class Suite:
    """A running system and the way to its data folder."""

    data: Path
    address: str
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, username: str) -> Person:
        if username not in self.people:
            password = ADMIN_PASSWORD if username == "admin" else SAMPLE_PASSWORD
            self.people[username] = Person(self.address, username, password)
        return self.people[username]

    def status(self) -> dict[str, Any]:
        told = tianlong("status", "--json", data=self.data).stdout
        return {part["name"]: part for part in json.loads(told)}

    def close(self) -> None:
        for person in self.people.values():
            person.close()

    @property
    def run_state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return state


def tianlong(
    *arguments: str, data: Path, timeout: float = 300, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, on this data folder."""
    environment = os.environ | {
        "TIANLONG_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "TIANLONG_SAMPLE_PASSWORD": SAMPLE_PASSWORD,
        "COLUMNS": "160",
    }
    return subprocess.run(
        [str(COMMAND), *arguments, "--data", str(data)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=check,
    )
