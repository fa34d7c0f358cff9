"""The test kit, a pytest plugin: real backends, a clock that tests turn, services in-process.

Loaded by the root conftest.py; no running process imports it.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import MongoClient

from chassis.clock import VirtualClock
from chassis.testkit import databases
from chassis.testkit.backends import Backends
from chassis.testkit.running import (
    Client,
    Published,
    Running,
    a_message,
    carry,
    deliver,
    published,
    service,
    take,
)

__all__ = [
    "Client",
    "Published",
    "Running",
    "a_message",
    "carry",
    "deliver",
    "published",
    "service",
    "take",
]

_BACKENDS = pytest.StashKey[Backends]()


def pytest_configure(config: pytest.Config) -> None:
    backends = Backends()
    told = getattr(config, "workerinput", {}).get("backends")
    if told is not None:
        backends.know(told)
    config.stash[_BACKENDS] = backends


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under xdist: the controller starts the backends and tells every worker where they are."""
    node.workerinput["backends"] = node.config.stash[_BACKENDS].addresses()


def pytest_unconfigure(config: pytest.Config) -> None:
    databases.drop_all()
    config.stash[_BACKENDS].stop()


@pytest.fixture(scope="session")
def mongodb_uri(pytestconfig: pytest.Config) -> str:
    """A replica set of one."""
    return pytestconfig.stash[_BACKENDS].mongodb_uri


@pytest.fixture(scope="session")
def kafka_bootstrap(pytestconfig: pytest.Config) -> str:
    """A broker that makes no topic by itself."""
    return pytestconfig.stash[_BACKENDS].kafka_bootstrap


@pytest.fixture
def database_name(mongodb_uri: str) -> Iterator[str]:
    """A name that nobody used before; what was stored under it is dropped afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        for found in client.list_database_names():
            if found.startswith(name):
                client.drop_database(found)


@pytest.fixture
def clock() -> VirtualClock:
    """Monday 2026-03-02, 09:00 in Shanghai, until a test moves it."""
    return VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
