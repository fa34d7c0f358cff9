"""A deal of the project process and the eight people who work on it, each signed in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.e2e.suite import SAMPLE_PASSWORD, Person, Suite, eventually

Body = dict[str, Any]


@dataclass
class Deal:
    """The deal that is walked through, its customer, and who works on it."""

    rep: Person
    supervisor: Person
    director: Person
    consultant: Person
    commercial: Person
    finance: Person
    legal: Person
    delivery: Person
    customer: str = ""
    contact: str = ""
    id: str = ""
    papers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/opportunities/{self.id}"

    def missing(self, command: str = "advance") -> set[str]:
        """What a closed gate says is missing, the buyer's stage apart."""
        answer = self.rep.try_post(f"{self.path}/{command}")
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert problem["type"] == "/problems/gate-closed"
        assert all(one["title"] and one["proof"] for one in problem["missing"])
        missing = {one["milestone"] for one in problem["missing"]}
        gate = self.rep.get(f"{self.path}/gate")
        assert {one["milestone"] for one in gate["milestones"] if not one["is_met"]} == missing
        return missing - {"buyer_stage"}

    def move_to(self, stage: int) -> None:
        """On to the next stage, once the evidence for it has arrived."""

        def advanced() -> int:
            answer = self.rep.try_post(f"{self.path}/advance")
            assert answer.status_code == 200, answer.text
            return int(answer.json()["stage"]["number"])

        assert eventually(advanced) == stage

    def buyer_is_at(self, stage: int, words: str) -> None:
        """The buyer's stage, known by what the contact said at the last meeting."""
        known = self.rep.get(f"{self.path}/evidence")["items"]
        met = [one["id"] for one in known if self.contact in str(one["met"])]
        said = {"contact_id": self.contact, "text": words}
        told = {"buyer_stage": stage, "evidence": met[-1], "statement": said}
        self.rep.post(f"{self.path}/set-buyer-stage", told)

    def approved_by(self, kind: str, paper_id: str, *deciders: Person) -> None:
        """Who is asked decides, one after the other; nobody else could."""
        for decider in deciders:
            wanted = {"mine": "to-decide", "kind": kind, "paper_id": paper_id}
            (waiting,) = decider.get("/approvals", **wanted)["items"]
            approval = decider.post(f"/approvals/{waiting['id']}/approve", {"comment": "agreed"})
        assert approval["status"] == "approved"

    def review(self, kind: str, *deciders: Person, **more: Any) -> None:
        """A review that a gate asks for; whoever asks does not decide."""
        asked = self.rep.post(f"{self.path}/request-review", {"kind": kind} | more)
        own = self.rep.try_post(f"/approvals/{asked['id']}/approve")
        assert own.json()["type"] == "/problems/own-paper"
        self.approved_by(kind, self.id, *deciders)


def a_colleague(suite: Suite, role: str) -> Person:
    """Somebody in a role that the sample company has nobody in; who asks for a role asks them."""
    admin = suite.person("admin")
    known = admin.all_of("/staff", role=role)
    if known:
        return suite.person(min(known, key=lambda one: str(one["id"]))["name"])
    name = f"{role}.one"
    joined = admin.try_post("/staff", {"name": name, "roles": [role], "joined_on": today()})
    assert joined.status_code == 201, joined.text
    account = {
        "username": name,
        "password": SAMPLE_PASSWORD,
        "staff_id": joined.json()["id"],
        "roles": [role],
    }
    admin.post("/accounts", account)
    person = suite.person(name)
    seen_by(person, joined, "/products")
    return person


def seen_by(person: Person, written: httpx.Response, *paths: str) -> None:
    """Wait until the services behind these paths have seen a write, by its position."""
    position = {"Tianlong-Wait-For": written.headers["Tianlong-Position"]}
    for path in paths:
        read = person.http.get(path, params={"limit": 1}, headers=position)
        assert read.status_code == 200, read.text


def now() -> str:
    return datetime.now(UTC).isoformat()


def today() -> str:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


def yuan(amount: str) -> Body:
    return {"amount": amount, "currency": "CNY"}
