"""A suite of the benchmark's own, in a folder of its own, and who is signed in to it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import confluent_kafka
from tianlong.client import Gateway, signed_in
from tianlong.samples import loading

from tests.load.client import Connection

COMMAND = Path(sys.executable).with_name("tianlong")
ADMIN_PASSWORD, SAMPLE_PASSWORD = "admin-of-the-benchmark", "staff-of-the-benchmark"


class Bench:
    """Starts, stops and asks one suite. Every answer is the gateway's, but for the backends'."""

    def __init__(self, data: Path) -> None:
        self._data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._tokens: dict[str, tuple[float, str]] = {}
        self._customer = ""
        self._opportunity = ""

    def start(self) -> None:
        self._command("run", "--detach", "--port", str(self._port))

    def stop(self) -> None:
        self._command("stop")

    def status(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = json.loads(self._command("status", "--json"))
        return parts

    @property
    def mongodb(self) -> str:
        return str(self._state["mongodb"])

    @property
    def kafka(self) -> str:
        return str(self._state["kafka"])

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self._data / "run.json").read_text())
        return state

    async def load_sample(self) -> float:
        """Seconds from the first file handed in to the final figures."""
        began = time.perf_counter()
        async with signed_in(self.address, "admin", ADMIN_PASSWORD) as gateway:
            await self._load(gateway)
        return time.perf_counter() - began

    async def _load(self, gateway: Gateway) -> None:
        await loading.load(gateway, SAMPLE_PASSWORD, lambda _: None, lambda *_: None)

    def connection(self, username: str, *, service: str | None = None) -> Connection:
        """A connection to the gateway, or straight to a service, with somebody's token."""
        address = self.address
        if service is not None:
            ports = json.loads((self._data / "ports.json").read_text())
            address = f"http://127.0.0.1:{ports[service]}"
        return Connection(address, {"Authorization": f"Bearer {self.token(username)}"})

    def token(self, username: str) -> str:
        until, token = self._tokens.get(username, (0.0, ""))
        if time.monotonic() > until:
            password = ADMIN_PASSWORD if username == "admin" else SAMPLE_PASSWORD
            answer = self._ask("/session", {"username": username, "password": password})
            token = str(answer["access_token"])
            self._tokens[username] = (time.monotonic() + answer["expires_in"] / 2, token)
        return token

    def get(self, username: str, path: str) -> Any:
        return self._ask(path, token=self.token(username))

    def post(self, username: str, path: str, body: Any) -> Any:
        return self._ask(path, body, token=self.token(username))

    def a_customer(self) -> str:
        if not self._customer:
            found = self.get("sales.director", "/customers?limit=1")["items"]
            self._customer = str(found[0]["id"])
        return self._customer

    def an_opportunity(self) -> str:
        if not self._opportunity:
            found = self.get("sales.director", "/opportunities?limit=1")["items"]
            self._opportunity = str(found[0]["id"])
        return self._opportunity

    def records_in(self, topic: str) -> int:
        """How many records a topic holds."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.kafka, "group.id": "bench"})
        try:
            numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            ends = [
                consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, number))
                for number in numbers
            ]
            return sum(high - low for low, high in ends)
        finally:
            consumer.close()

    async def settled(self) -> None:
        """Until nothing is pending and nobody is behind."""
        async with asyncio.timeout(120):
            while any(part["pending_events"] or part["consumer_lag"] for part in self.status()):
                await asyncio.sleep(0.5)

    def _ask(self, path: str, body: Any = None, *, token: str = "") -> Any:
        request = urllib.request.Request(f"{self.address}/api/v1{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def _command(self, *arguments: str) -> str:
        environment = os.environ | {
            "TIANLONG_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "TIANLONG_SAMPLE_PASSWORD": SAMPLE_PASSWORD,
            "TIANLONG_RATE_PER_SECOND": "100000",
            "TIANLONG_RATE_BURST": "100000",
        }
        done = subprocess.run(
            [str(COMMAND), *arguments, "--data", str(self._data)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"tianlong {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout
