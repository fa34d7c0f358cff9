"""`kill -9`, at random, of every process of the running suite, while somebody sells.

The suite is started, and puts itself back on its feet, as it would for anybody. The judge reads
what clients were answered, the topics (librdkafka), and the databases; no code of the product.
"""

import asyncio
import os
import random
import signal
import socket
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from confluent_kafka import KafkaException
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.chaos.rig.topics import read_topic
from tests.e2e.suite import ADMIN_PASSWORD, Person, Suite, eventually, tianlong

SECONDS = float(os.environ.get("TIANLONG_CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("TIANLONG_CHAOS_SEED", "0")) or random.SystemRandom().randrange(10**6)
IN_FLIGHT = 8
PARTS = ["customers", "pipeline", "field", "insights", "gateway", "mongodb", "kafka"]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(SECONDS + 600)]


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    """A suite of this test alone, without the sample company."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = tianlong("run", "--detach", "--port", str(port), data=tmp_path, check=False)
    assert started.returncode == 0, started.stdout + started.stderr
    running = Suite(tmp_path, f"http://127.0.0.1:{port}")
    yield running
    for person in running.people.values():
        person.http.close()
    tianlong("stop", data=tmp_path)


@dataclass
class Wish:
    """A record that somebody wanted, under a name that is its own, and what was answered."""

    collection: str
    name: str
    ids: set[str] = field(default_factory=set)
    positions: set[str] = field(default_factory=set)
    refusals: set[int] = field(default_factory=set)

    @property
    def body(self) -> dict[str, Any]:
        if self.collection == "customers":
            return {"name": self.name}
        amount = {"amount": "10.00", "currency": "CNY"}
        return {"name": self.name, "template": "standard", "amount": amount}


class Sellers:
    """Many at once; each asks for one record until it is confirmed."""

    def __init__(self, seller: Person) -> None:
        self._address = str(seller.http.base_url).rstrip("/")
        self._headers = {"Authorization": seller.http.headers["Authorization"]}
        self.wishes: list[Wish] = []

    async def work(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        timeout = aiohttp.ClientTimeout(total=15)
        async with aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session:

            async def seller(number: int) -> None:
                while loop.time() < until:
                    kind = "customers" if number % 4 == 0 else "opportunities"
                    wish = Wish(kind, f"{kind} {uuid.uuid4().hex}")
                    self.wishes.append(wish)
                    await self._until_confirmed(session, wish, until + 120)

            await asyncio.gather(*(seller(number) for number in range(IN_FLIGHT)))

    async def _until_confirmed(
        self, session: aiohttp.ClientSession, wish: Wish, until: float
    ) -> None:
        headers = {"Idempotency-Key": wish.name.replace(" ", "-")}
        while not wish.ids and asyncio.get_running_loop().time() < until:
            try:
                async with session.post(
                    f"{self._address}/{wish.collection}", json=wish.body, headers=headers
                ) as answer:
                    if answer.status == 201:
                        wish.ids.add((await answer.json())["id"])
                        wish.positions.add(answer.headers["Tianlong-Position"])
                    elif answer.status < 500:
                        wish.refusals.add(answer.status)
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            if not wish.ids:
                await asyncio.sleep(0.2)


def rampage(suite: Suite, seconds: float) -> list[str]:
    """Kill one process after the other, everyone in turn at first; who died."""
    chance = random.Random(SEED)
    killed: list[str] = []
    order = chance.sample(PARTS, len(PARTS))
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at or order:
        time.sleep(chance.uniform(0.5, 2.0))
        part = order.pop() if order else chance.choice(PARTS)
        pid = suite.status()[part]["pid"]
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
                killed.append(part)
            except ProcessLookupError:
                continue  # between two lives
    return killed


class Judge:
    """What the witnesses say about one another."""

    def __init__(self, suite: Suite) -> None:
        self._state = suite.run_state
        self._client: MongoClient[dict[str, Any]] = MongoClient(self._state["mongodb"])

    def close(self) -> None:
        self._client.close()

    def verdict(self, wishes: list[Wish], patience: float) -> list[str]:
        """What is still wrong when everything had time to arrive."""
        deadline = time.monotonic() + patience
        while True:
            try:
                found = self.findings(wishes)
            except (KafkaException, PyMongoError) as error:  # a store that is still coming up
                found = [f"unanswered: {error}"]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(1)

    def findings(self, wishes: list[Wish]) -> list[str]:
        return [
            *self._wishes(wishes, "customers", "customers"),
            *self._wishes(wishes, "pipeline", "opportunities"),
            *self._topic("customers"),
            *self._topic("pipeline"),
            *self._copies(),
            *self._held(),
        ]

    def _wishes(self, wishes: list[Wish], service: str, collection: str) -> list[str]:
        database = self._client[service]
        by_name: dict[str, list[str]] = defaultdict(list)
        for document in database[collection].find({}, {"name": 1, "terms.name": 1}):
            name = document["name"] if "name" in document else document["terms"]["name"]
            by_name[name].append(document["_id"])
        recorded = {one["_id"] for one in database["events"].find({}, {"_id": 1})}
        found = []
        for wish in wishes:
            if wish.collection != collection:
                continue
            stored = by_name.pop(wish.name, [])
            if len(stored) > 1:
                found.append(f"doubled: {wish.name} is stored {len(stored)} times")
            if wish.ids and wish.ids != set(stored):
                found.append(f"lost: {wish.name} was confirmed as {wish.ids}, there is {stored}")
            if not wish.positions <= recorded:
                found.append(f"lost: the events {wish.positions - recorded}")
            if wish.refusals:
                found.append(f"contradictory: {wish.name} was refused with {wish.refusals}")
        return [*found, *(f"unseen: nobody asked for {name}" for name in by_name)]

    def _topic(self, service: str) -> list[str]:
        log = read_topic(self._state["kafka"], f"{service}.events.v1")
        recorded = {one["_id"]: one["value"] for one in self._client[service]["events"].find()}
        recorded = {name: v for name, v in recorded.items() if not name.startswith("held_message:")}
        found = []
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for partition, offset, event_id, value in log:
            places[event_id].append((partition, offset))
            if recorded.get(event_id) != value:
                found.append(f"contradictory: {event_id} in the topic is not what was recorded")
        found += [f"unseen: {one} is not in the topic" for one in recorded.keys() - places.keys()]
        for event_id, at in places.items():
            name, _, sequence = event_id.rpartition(":")
            after = places.get(f"{name}:{int(sequence) + 1}")
            if after and max(after) < min(at):
                found.append(f"disordered: {event_id} comes after its successor for good")
        return found

    def _copies(self) -> list[str]:
        """What the others made of it: every customer once, every deal counted once."""
        customers = {one["_id"] for one in self._client["customers"]["customers"].find({}, {})}
        copied = {one["_id"] for one in self._client["pipeline"]["customer_copy"].find({}, {})}
        found = [f"unseen: pipeline has no copy of {one}" for one in customers - copied]
        deals = self._client["pipeline"]["opportunities"].count_documents({})
        counted = sum(
            counters.get("total", 0)
            for cell in self._client["insights"]["cells"].find(
                {"_id": {"$regex": r"^\d+\|all\|all\|"}}
            )
            for counters in cell["dims"]["owner"].values()
        )
        if counted != deals:
            kind = "lost" if counted < deals else "doubled"
            found.append(f"{kind}: insights counts {counted} deals of {deals}")
        return found

    def _held(self) -> list[str]:
        return [
            f"held: {one['_id']} in {service}: {one['reason']} {one.get('error')}"
            for service in ("customers", "pipeline", "field", "insights")
            for one in self._client[service]["held"].find({"state": {"$ne": "skipped"}})
        ]


def a_seller(suite: Suite) -> Person:
    """A director, with a company around: made by the administrator."""
    admin = suite.person("admin")
    team = admin.post("/teams", {"name": "Everybody", "kind": "company"})
    staff = admin.post(
        "/staff",
        {
            "name": "A Seller",
            "roles": ["director"],
            "team_id": team["id"],
            "joined_on": "2026-01-01",
        },
    )
    account = {"username": "a.seller", "password": ADMIN_PASSWORD, "staff_id": staff["id"]}
    admin.post("/accounts", account | {"roles": ["director"]})
    seller = Person(suite.address, "a.seller", ADMIN_PASSWORD)
    suite.people["a.seller"] = seller
    eventually(
        lambda: (
            seller.try_post("/opportunities", Wish("opportunities", "first").body).status_code
            == 201
        )
    )
    return seller


async def test_the_suite_loses_nothing_and_doubles_nothing_whoever_dies(suite: Suite) -> None:
    seller = await asyncio.to_thread(a_seller, suite)
    sellers = Sellers(seller)
    until = asyncio.get_running_loop().time() + SECONDS
    work = asyncio.create_task(sellers.work(until))
    killed = await asyncio.to_thread(rampage, suite, SECONDS)
    await work
    judge = Judge(suite)
    wishes = [*sellers.wishes, Wish("opportunities", "first")]
    try:
        findings = await asyncio.to_thread(judge.verdict, wishes, 120)
    finally:
        judge.close()
    print(f"seed {SEED}: {len(wishes)} records, killed {killed}")
    assert findings == [], f"seed {SEED}: killed {killed}"
    assert set(killed) == set(PARTS)
    assert all(wish.ids for wish in sellers.wishes)
