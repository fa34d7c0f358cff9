"""One real MongoDB and one real Kafka for a whole test run, shared by all of its worker processes.

Addresses come from `TIANLONG_TEST_MONGODB_URI` and `TIANLONG_TEST_KAFKA_BOOTSTRAP`; what is not
given is started from the local runtime. The process that starts them is the one that outlives the
others: under xdist the controller, else the only one. A backend that does not start is an error.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

MONGODB = "TIANLONG_TEST_MONGODB_URI"
KAFKA = "TIANLONG_TEST_KAFKA_BOOTSTRAP"


class Backends:
    """Starts what is asked for, at most once, and stops what it started."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {
            name: os.environ[name] for name in (MONGODB, KAFKA) if os.environ.get(name)
        }
        self._started: list[Any] = []
        self._folder: Path | None = None

    @property
    def mongodb_uri(self) -> str:
        return self._address(MONGODB)

    @property
    def kafka_bootstrap(self) -> str:
        return self._address(KAFKA)

    def addresses(self) -> dict[str, str]:
        """Both, started if need be: what a worker process is told."""
        return {MONGODB: self.mongodb_uri, KAFKA: self.kafka_bootstrap}

    def know(self, addresses: dict[str, str]) -> None:
        self._addresses |= addresses

    def stop(self) -> None:
        while self._started:
            self._started.pop().kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _address(self, name: str) -> str:
        if name not in self._addresses:
            self._addresses[name] = self._start(name)
        return self._addresses[name]

    def _start(self, name: str) -> str:
        # Not at the top: the chassis runs without the local runtime, only its tests need it.
        from tianlong import backends

        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tianlong-test-"))
        start = backends.start_mongodb if name == MONGODB else backends.start_kafka
        backend = start(self._folder / name.lower())
        self._started.append(backend)
        return backend.address
