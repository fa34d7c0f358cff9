"""One suite with the sample company for all end-to-end tests of a run."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.suite import Suite, tianlong


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """Started for this run; or, to try something quickly, one that runs on the given folder."""
    given = os.environ.get("TIANLONG_TEST_SUITE")
    if given:
        state = json.loads((Path(given) / "run.json").read_text())
        running = Suite(Path(given), state["address"])
        yield running
        running.close()
        return
    data: Path = tmp_path_factory.mktemp("suite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = tianlong(
        "run", "--detach", "--sample", "crm", "--port", str(port), data=data, check=False
    )
    assert started.returncode == 0, started.stdout + started.stderr
    running = Suite(data, f"http://127.0.0.1:{port}")
    try:
        yield running
    finally:
        running.close()
        tianlong("stop", data=data)
