"""One round: ledger and mirror under load, deaths as told, then the checker's verdict."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import aiohttp
from chassis.testkit.signing import GRANTS, JWKS, bearer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.chaos.rig.checker import Checker
from tests.chaos.rig.client import Client

ROOT = Path(__file__).resolve().parents[3]
_PATH = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
_PARTITIONS = 3


class Nursed:
    """A service in its nursery; counts how often it died."""

    def __init__(self, module: str, environment: dict[str, str], log: Path) -> None:
        self.deaths: list[int] = []
        self.pid = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.rig.nursery", module, str(log)],
            cwd=ROOT,
            env=os.environ | environment | {"PYTHONPATH": os.pathsep.join(_PATH)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "started" in told:
                self.pid = told["started"]
            else:
                self.deaths.append(told["status"])

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Round:
    """Everything of one round is named after it, so that rounds share broker and database."""

    def __init__(self, mongodb_uri: str, kafka_bootstrap: str, folder: Path) -> None:
        mark = uuid.uuid4().hex[:8]
        self.mongodb_uri, self.kafka_bootstrap = mongodb_uri, kafka_bootstrap
        self.ledger, self.mirror = f"ledger{mark}", f"mirror{mark}"
        self.folder = folder
        self.services: list[Nursed] = []
        self.checker = Checker(mongodb_uri, kafka_bootstrap, ledger=self.ledger, mirror=self.mirror)
        self.address = ""

    def make_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.kafka_bootstrap})
        names = {
            f"{self.ledger}.events.v1": _PARTITIONS,
            f"{self.ledger}.watermarks.v1": 1,
            f"{self.mirror}.dlq": 1,
        }
        made = admin.create_topics([NewTopic(name, count, 1) for name, count in names.items()])
        for future in made.values():
            future.result(30)

    def start(
        self, module: str, *, failpoint: str = "", variant: str = "", deaths: int = 2, **more: str
    ) -> Nursed:
        port = free_port()
        environment = {
            "TIANLONG_MONGODB_URI": self.mongodb_uri,
            "TIANLONG_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "TIANLONG_PORT": str(port),
            "TIANLONG_JWKS": json.dumps(JWKS),
            "TIANLONG_GRANTS": json.dumps(GRANTS),
            "TIANLONG_RELAY_POLL_SECONDS": "0.2",
            "TIANLONG_FAILPOINT": failpoint,
            "RIG_LEDGER": self.ledger,
            "RIG_MIRROR": self.mirror,
            "RIG_VARIANT": variant,
            "RIG_DEATHS": str(deaths),
        } | more
        nursed = Nursed(module, environment, self.folder / f"{module}-{len(self.services)}.log")
        self.services.append(nursed)
        if module == "tests.chaos.rig.ledger":
            self.address = f"http://127.0.0.1:{port}"
        return nursed

    def client(self) -> Client:
        return Client(f"{self.address}/api/v1", bearer(None, "admin", sub="chaos"))

    async def wait_until_ready(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.address}/health/live") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    async def verdict(self, client: Client, *, seconds: float, stalled: float) -> list[str]:
        """What the checker finds when all is quiet, or nothing moves any more."""
        await asyncio.to_thread(self.checker.wait_until_quiet, seconds, stalled=stalled)
        return await asyncio.to_thread(self.checker.findings, client.record)

    def stop(self) -> None:
        for service in self.services:
            service.stop()
        self.checker.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
