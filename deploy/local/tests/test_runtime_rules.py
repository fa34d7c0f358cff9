"""Rules of the runtime that need nothing running."""

import json
import os
import socket
from pathlib import Path

import pytest
from tianlong.errors import MissingPrerequisite, PortTaken
from tianlong.kafka import properties
from tianlong.kafka_jars import JarLock, committed_lock, copy_checked, kafka_jars, sha256
from tianlong.parts import Addresses, environment
from tianlong.ports import free_port
from tianlong.prerequisites import check_port, check_python, mongodb_remedy
from tianlong.supervisor import BackOff, rotate

ADDRESSES = Addresses(
    "mongodb://m",
    "k:1",
    {"customers": 1, "pipeline": 2, "field": 3, "insights": 4, "gateway": 8080},
)


def test_restarts_come_slower_and_slower_until_health_returns() -> None:
    back_off = BackOff()
    waits = [back_off.next_seconds(ran_for_seconds=1) for _ in range(10)]
    assert waits[:4] == [0.25, 0.5, 1, 2]
    assert waits[-1] == 30
    assert back_off.next_seconds(ran_for_seconds=3600) == 0.25
    assert back_off.restarts == 11


def test_only_the_gateway_knows_the_administrators_password() -> None:
    inherited = {"TIANLONG_ADMIN_PASSWORD": "x", "TIANLONG_TIMEZONE": "Europe/Berlin"}
    field = environment("field", ADDRESSES, "secret", inherited)
    gateway = environment("gateway", ADDRESSES, "secret", inherited)
    assert "secret" not in field.values()
    assert "TIANLONG_ADMIN_PASSWORD" not in field
    assert gateway["TIANLONG_ADMIN_PASSWORD"] == "secret"
    assert field["TIANLONG_TIMEZONE"] == "Europe/Berlin"


def test_every_process_is_told_its_neighbours() -> None:
    gateway = environment("gateway", ADDRESSES, "secret", {})
    assert json.loads(gateway["TIANLONG_UPSTREAMS"])["pipeline"] == "http://127.0.0.1:2"
    field = environment("field", ADDRESSES, "secret", {})
    assert field["TIANLONG_JWKS_URL"] == "http://127.0.0.1:8080/.well-known/jwks.json"
    assert field["TIANLONG_PORT"] == "3"
    assert field["TIANLONG_HOST"] == "127.0.0.1"


def test_a_log_past_its_limit_is_set_aside_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 10)
        assert rotate(log, limit=20)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert log.with_name("output.log.1").read_bytes() == b"old\n" * 10
    assert not rotate(log, limit=20)


def test_a_taken_port_is_told_in_one_sentence_with_the_remedy() -> None:
    port = free_port()
    told = pytest.raises(PortTaken, match=rf"Port {port} is taken .* --port {port + 1}\.")
    with socket.create_server(("127.0.0.1", port)), told:
        check_port(port)
    assert check_port(port)


def test_an_old_python_is_told_with_the_remedy() -> None:
    with pytest.raises(MissingPrerequisite, match=r"3\.11 or later, this is 3\.10"):
        check_python((3, 10))


@pytest.mark.parametrize(
    ("complaint", "remedy"),
    [
        ("libcurl.so.4: cannot open shared object file", "apt install libcurl4"),
        ("libcrypto.so.3: cannot open shared object file", "apt install libssl3"),
        ("version `GLIBC_2.34' not found (required by mongod)", "GLIBC_2.34"),
        ("illegal instruction", "docker compose up"),
    ],
)
def test_what_the_loader_misses_is_told_with_its_package(complaint: str, remedy: str) -> None:
    sentence = mongodb_remedy(complaint)
    assert remedy in sentence
    assert sentence.count("\n") == 0


def test_the_jars_in_use_are_the_ones_that_were_locked() -> None:
    lock, folder = committed_lock(), kafka_jars()
    assert {jar.name: sha256(jar) for jar in folder.iterdir()} == lock.jars
    assert "kafka_2.13-4.3.0.jar" in lock.jars


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    jar, folder = tmp_path / "a.jar", tmp_path / "checked"
    jar.write_bytes(b"what came over the wire")
    folder.mkdir()
    lock = JarLock((), {"a.jar": sha256(jar)})
    copy_checked(lock, {"a.jar": jar}, folder)
    jar.write_bytes(b"what somebody made of it")
    with pytest.raises(MissingPrerequisite, match="not the file that was locked"):
        copy_checked(lock, {"a.jar": jar}, folder)
    with pytest.raises(MissingPrerequisite, match=r"did not give .*a\.jar"):
        copy_checked(lock, {}, folder)


def test_the_broker_keeps_events_for_ever_and_makes_no_topic_by_itself(tmp_path: Path) -> None:
    settings = properties(tmp_path, 1, 2)
    assert settings["log.retention.ms"] == "-1"
    assert settings["auto.create.topics.enable"] == "false"
    listening = settings["listeners"].split(",")
    assert all("//127.0.0.1:" in listener for listener in listening)


def test_a_process_finds_nothing_of_the_runtimes_own_settings() -> None:
    field = environment("field", ADDRESSES, "secret", {**os.environ, "TIANLONG_CACHE": "/x"})
    assert "TIANLONG_CACHE" not in field
