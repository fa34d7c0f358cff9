"""Runs a service of the rig as a child, and again when it dies; a death costs milliseconds.

`python -m tests.chaos.rig.nursery MODULE LOG`. The parent has everything imported and forks. It
tells each start and each end as a line on stdout; it ends with its stdin.
"""

import ctypes
import importlib
import json
import os
import select
import signal
import sys
import time
from types import ModuleType
from typing import Any

import uvicorn
from chassis.settings import ServiceSettings
from chassis.telemetry import configure_logging


def tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def live(module: ModuleType, log: str) -> None:
    """The child: the service until it dies."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    settings = getattr(module, "Settings", ServiceSettings)()
    configure_logging(os.environ.get("RIG_VARIANT") or "rig", settings.log_level)
    uvicorn.run(
        module.create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    os._exit(0)


def main() -> None:
    module = importlib.import_module(sys.argv[1])
    child = 0

    def end(*_: Any) -> None:
        if child:
            os.kill(child, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    lives = 0
    while True:
        # Armed for the first few lives only, so that a round comes to an end.
        if lives >= int(os.environ.get("RIG_DEATHS", "2")):
            os.environ.pop("TIANLONG_FAILPOINT", None)
            importlib.reload(importlib.import_module("chassis.failpoints"))
        lives += 1
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            live(module, sys.argv[2])
        tell(started=child, life=lives)
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            if select.select([sys.stdin], [], [], 0.01)[0]:
                end()
        tell(ended=child, status=os.waitstatus_to_exitcode(status))
        time.sleep(0.05)


if __name__ == "__main__":
    main()
