"""The five processes, and the environment that each is started with."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

SERVICES = ("customers", "pipeline", "field", "insights")
GATEWAY = "gateway"
PROCESSES = (*SERVICES, GATEWAY)
BACKENDS = ("mongodb", "kafka")


@dataclass(frozen=True)
class Addresses:
    """Where everything of one run is found."""

    mongodb: str
    kafka: str
    ports: Mapping[str, int]

    def of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"


def command(package: str) -> list[str]:
    return [sys.executable, "-m", package]


def environment(
    name: str,
    addresses: Addresses,
    admin_password: str,
    inherited: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """What a process is told; TIANLONG_* settings of the caller's own pass through to it."""
    settings = {
        **{key: value for key, value in inherited.items() if not _is_for_the_runtime(key)},
        "TIANLONG_MONGODB_URI": addresses.mongodb,
        "TIANLONG_KAFKA_BOOTSTRAP": addresses.kafka,
        "TIANLONG_HOST": "127.0.0.1",
        "TIANLONG_PORT": str(addresses.ports[name]),
        "TIANLONG_JWKS_URL": f"{addresses.of(GATEWAY)}/.well-known/jwks.json",
        "PYTHONUNBUFFERED": "1",
        # Threads that hash passwords or read files would each keep a heap of their own.
        "MALLOC_ARENA_MAX": "2",
    }
    if name == GATEWAY:
        settings["TIANLONG_UPSTREAMS"] = json.dumps(
            {service: addresses.of(service) for service in SERVICES}
        )
        settings["TIANLONG_ADMIN_PASSWORD"] = admin_password
    return settings


def _is_for_the_runtime(key: str) -> bool:
    """Passwords go only where they are used; the rest of these are the runtime's own.

    Compiled modules are always kept: five processes that compile theirs anew start late.
    """
    return key in {
        "TIANLONG_ADMIN_PASSWORD",
        "TIANLONG_SAMPLE_PASSWORD",
        "TIANLONG_CACHE",
        "PYTHONDONTWRITEBYTECODE",
    }
