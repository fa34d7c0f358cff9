"""Log lines: JSON, named, and without secrets."""

import json
import subprocess
import sys

SAYS_SOMETHING = """
import logging
import structlog
from chassis.telemetry import configure_logging

configure_logging("field", "INFO")
log = structlog.get_logger()
log.info("signed.in", username="ann", password="hunter2", refresh_token="abc")
log.debug("not.told")
logging.getLogger("aiokafka").info("chatter")
logging.getLogger("somebody").warning("told as well")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("went.wrong")
"""


def test_everything_is_told_as_json_and_secrets_are_not() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAYS_SOMETHING], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["signed.in", "told as well", "went.wrong"]
    assert {line["service"] for line in lines} == {"field"}
    assert lines[0]["username"] == "ann"
    assert "hunter2" not in told.stdout
    assert lines[0]["refresh_token"] == "***"
    assert "ZeroDivisionError" in lines[2]["exception"]
