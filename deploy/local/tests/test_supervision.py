"""The supervisor over real MongoDB and Kafka, with stand-ins for the five services."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from tianlong.folder import DataFolder
from tianlong.parts import BACKENDS, PROCESSES
from tianlong.ports import free_port, is_free
from tianlong.processes import Identity, wait_until

RUN = str(Path(__file__).with_name("fake_run.py"))


class Run:
    """One supervisor in a process of its own."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self.folder = folder
        self.port = port
        self.child = subprocess.Popen(
            [sys.executable, RUN, str(folder.path), str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, phase: str) -> None:
        def is_there() -> bool:
            return self.folder.state().phase == phase or self.child.poll() is not None

        assert wait_until(is_there, 60), self.folder.state()
        assert self.folder.state().phase == phase, self.words()

    def words(self) -> str:
        self.child.kill()
        return self.child.communicate()[0]

    def identity(self, name: str) -> Identity:
        found = Identity.load(self.folder.process_file(name))
        assert found is not None
        return found

    def everyone(self) -> dict[str, Identity]:
        return {name: self.identity(name) for name in (*BACKENDS, *PROCESSES)}


def answers(port: int, path: str = "/health/ready") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return DataFolder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def run(folder: DataFolder) -> Iterator[Run]:
    started = Run(folder, free_port())
    started.until("ready")
    yield started
    started.child.terminate()
    started.child.wait(60)
    started.child.communicate()


def tianlong(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tianlong", *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "400"},
    )


def test_a_run_is_ready_when_every_process_is(run: Run) -> None:
    ports = {**run.folder.kept_ports(), "gateway": run.port}
    assert all(answers(ports[name]) for name in PROCESSES)
    assert all(identity.is_alive for identity in run.everyone().values())


def test_a_second_run_on_the_same_folder_is_refused_with_the_remedy(run: Run) -> None:
    second = tianlong("run", "--data", str(run.folder.path), "--port", str(free_port()))
    assert second.returncode == 2
    assert "already runs on" in second.stderr
    assert "tianlong stop" in second.stderr
    assert "Traceback" not in second.stderr


def test_status_tells_what_the_processes_say_of_themselves(run: Run) -> None:
    told = json.loads(tianlong("status", "--json", "--data", str(run.folder.path)).stdout)
    parts = {part["name"]: part for part in told}
    assert [*parts] == [*BACKENDS, *PROCESSES]
    assert all(part["ready"] and part["memory_bytes"] > 0 for part in parts.values())
    assert parts["customers"]["consumer_lag"] == 7
    assert parts["customers"]["pending_events"] == 3
    assert parts["customers"]["dead_letters"] == 1


def test_a_process_that_dies_comes_back_on_its_port(run: Run) -> None:
    port, before = run.folder.kept_ports()["pipeline"], run.identity("pipeline")
    answers(port, "/die")
    assert wait_until(lambda: run.identity("pipeline") != before and answers(port), 20)


def test_a_killed_mongodb_comes_back_on_its_port_with_its_data(run: Run) -> None:
    uri, before = run.folder.state().mongodb, run.identity("mongodb")
    with MongoClient[dict[str, str]](uri, serverSelectionTimeoutMS=20_000) as client:
        kept = client.get_database("kept").with_options()
        kept.get_collection("things").insert_one({"_id": "one"})
        before.kill()
        assert wait_until(lambda: run.identity("mongodb") != before, 30)
        assert kept.get_collection("things").find_one({"_id": "one"}) is not None
    assert run.folder.state().mongodb == uri


def test_what_a_killed_supervisor_left_is_ended_by_the_next_run(tmp_path: Path, run: Run) -> None:
    folder = DataFolder(tmp_path)
    first = Run(folder, free_port())
    first.until("ready")
    left = first.everyone()
    kept_ports = folder.kept_ports()
    first.child.send_signal(signal.SIGKILL)
    first.child.wait()
    first.child.communicate()
    assert all(identity.is_alive for identity in left.values())

    folder.keep_state(DataFolder(tmp_path / "none").state())
    second = Run(folder, first.port)
    second.until("ready")
    assert not any(identity.is_alive for identity in left.values())
    assert folder.kept_ports() == kept_ports
    # Somebody else's run was never touched.
    assert all(identity.is_alive for identity in run.everyone().values())

    second.child.send_signal(signal.SIGINT)
    assert second.child.wait(60) == 0
    assert not any(identity.is_alive for identity in second.everyone().values())
    assert is_free(second.port)
    assert "Ending what an earlier run left behind" in second.words()
