"""The data folder: its lock, its secrets, its ports, and processes known by pid and start time."""

import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tianlong import screen
from tianlong.errors import AlreadyRunning, FolderUnusable, NotRunning
from tianlong.folder import DataFolder
from tianlong.ports import free_port
from tianlong.processes import Identity


def test_a_folder_is_one_runs_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    refused = pytest.raises(AlreadyRunning, match=str(os.getpid()))
    with folder.held(), refused, DataFolder(tmp_path).held():
        pass
    with folder.held():
        assert folder.is_held()
    assert not folder.is_held()


def test_a_folder_nobody_holds_has_nothing_to_stop(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="tianlong run"):
        DataFolder(tmp_path).holder()


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="--data"):
        DataFolder(tmp_path / "file" / "data").make()


def test_a_random_password_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    made, is_new = folder.password("admin", "TIANLONG_NOT_SET")
    assert is_new
    assert folder.password("admin", "TIANLONG_NOT_SET") == (made, False)
    assert stat.S_IMODE(folder.password_file("admin").stat().st_mode) == 0o600


def test_ports_are_kept_from_start_to_start_unless_they_were_taken(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    first = folder.ports(("customers", "field"))
    assert folder.ports(("customers", "field")) == first
    with socket.create_server(("127.0.0.1", first["customers"])):
        second = folder.ports(("customers", "field"))
    assert second["field"] == first["field"]
    assert second["customers"] not in first.values()


def test_ports_come_from_below_those_of_outgoing_connections() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port() < lowest


def test_a_reused_pid_is_not_mistaken_for_the_process_that_had_it(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        identity = Identity.of(child.pid)
        identity.save(tmp_path / "process.json")
        assert Identity.load(tmp_path / "process.json") == identity
        earlier = replace(identity, started=identity.started + "0")
        assert not earlier.is_alive
        earlier.kill()
        assert identity.is_alive
    finally:
        child.communicate(b"\n")
    assert not identity.is_alive


@pytest.mark.parametrize("kept", ["", "{}", '{"pid": "x"}', "[1]"])
def test_a_broken_record_names_nobody(tmp_path: Path, kept: str) -> None:
    (tmp_path / "process.json").write_text(kept)
    assert Identity.load(tmp_path / "process.json") is None


def test_a_sentence_is_shown_whole_whatever_stands_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen.problem('/tmp/data[1] [/red] {"event": "[bold]"}')
    assert capsys.readouterr().err.strip() == '✗ /tmp/data[1] [/red] {"event": "[bold]"}'
