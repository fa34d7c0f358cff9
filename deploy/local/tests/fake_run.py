"""A real supervisor with real MongoDB and Kafka over five stand-in services.

Usage: fake_run.py DATA PORT
"""

import asyncio
import sys
from pathlib import Path

from tianlong.errors import RuntimeProblem
from tianlong.folder import DataFolder
from tianlong.supervisor import Supervisor

SERVICE = str(Path(__file__).with_name("fake_service.py"))


def main(data: str, port: str) -> None:
    folder = DataFolder(Path(data))
    folder.make()
    with folder.held():
        supervisor = Supervisor(
            folder,
            port=int(port),
            tell=lambda step: print(step, flush=True),  # noqa: T201 - the test reads it
            admin_password="only for this test",
            command=lambda _name: [sys.executable, SERVICE],
        )
        asyncio.run(supervisor.run())


try:
    main(*sys.argv[1:])
except RuntimeProblem as problem:
    sys.exit(str(problem))
