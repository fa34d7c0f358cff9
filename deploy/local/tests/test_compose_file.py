"""The composed system is the same as the one that the command starts."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tianlong.kafka import properties
from tianlong.parts import GATEWAY, PROCESSES, SERVICES, Addresses, environment

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS = COMPOSE["services"]


def test_it_has_the_same_processes_beside_the_same_backends() -> None:
    assert set(PARTS) == {*PROCESSES, "mongodb", "kafka"}


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_starts_after_its_backends_and_from_its_own_image(name: str) -> None:
    part = PARTS[name]
    assert part["build"]["args"]["PACKAGE"] == name
    assert (ROOT / part["build"]["dockerfile"]).is_file()
    for backend in ("mongodb", "kafka"):
        assert part["depends_on"][backend] == {"condition": "service_healthy"}
        assert "healthcheck" in PARTS[backend]


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_is_told_what_the_command_would_tell_it(name: str) -> None:
    addresses = Addresses("m", "k", dict.fromkeys(PROCESSES, 8000))
    told = {key for key in environment(name, addresses, "x", {}) if key.startswith("TIANLONG_")}
    by_the_image = {"TIANLONG_HOST", "TIANLONG_PORT"}
    assert told - by_the_image <= PARTS[name]["environment"].keys()


def test_the_gateway_finds_every_service() -> None:
    upstreams = json.loads(PARTS[GATEWAY]["environment"]["TIANLONG_UPSTREAMS"])
    assert upstreams == {name: f"http://{name}:8000" for name in SERVICES}


def test_only_the_gateway_is_published_and_only_on_loopback() -> None:
    assert {name for name, part in PARTS.items() if "ports" in part} == {GATEWAY}
    assert all(port.startswith("127.0.0.1:") for port in PARTS[GATEWAY]["ports"])


def test_the_broker_behaves_as_the_local_one_does(tmp_path: Path) -> None:
    local = properties(tmp_path, 1, 2)
    for name in (
        "auto.create.topics.enable",
        "log.retention.ms",
        "offsets.retention.minutes",
        "group.initial.rebalance.delay.ms",
        "offsets.topic.replication.factor",
        "transaction.state.log.min.isr",
    ):
        variable = "KAFKA_" + name.upper().replace(".", "_")
        assert PARTS["kafka"]["environment"][variable] == local[name], name
