"""The data folder: everything that a run keeps, and the lock that makes it one run's alone.

run.lock           held (flock) by the supervisor; names its process
run.json           what the run last told about itself; read by `status` and `run --detach`
ports.json         the ports of the five processes, kept from start to start
admin-password     readable by the owner only, like sample-password
<part>/            data, logs and process.json of one part
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from tianlong.errors import AlreadyRunning, FolderUnusable, NotRunning
from tianlong.ports import keep_or_choose
from tianlong.processes import Identity, write_atomically

Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]


@dataclass
class RunState:
    """What a run tells about itself."""

    phase: Phase = "starting"
    address: str = ""
    steps: list[str] = field(default_factory=list)
    problem: str = ""
    mongodb: str = ""
    kafka: str = ""
    restarts: dict[str, int] = field(default_factory=dict)

    @property
    def gateway_port(self) -> int:
        return int(self.address.rpartition(":")[2] or 0)


class DataFolder:
    """One data folder; made when it is first used."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    def make(self) -> None:
        """Raises FolderUnusable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / f".writable.{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as problem:
            raise FolderUnusable(
                f"The data folder {self.path} cannot be written ({problem.strerror}); give "
                "another one with --data, or make it yours with chown."
            ) from problem

    def part(self, name: str) -> Path:
        return self.path / name

    def log(self, name: str) -> Path:
        return self.part(name) / "logs" / "output.log"

    def process_file(self, name: str) -> Path:
        return self.part(name) / "process.json"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for the time of a run.

        The system lets go of the lock when its holder ends, however that happens.
        Raises AlreadyRunning.
        """
        with self._lock_file.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                raise AlreadyRunning(
                    f"Tianlong already runs on {self.path} (pid {self.holder_pid()}); stop it with "
                    "`tianlong stop`, or give another folder with --data."
                ) from problem
            file.truncate(0)
            file.write(json.dumps(asdict(Identity.of(os.getpid()))))
            file.flush()
            yield

    def holder(self) -> Identity:
        """The supervisor that holds the folder. Raises NotRunning."""
        holder = Identity.load(self._lock_file)
        if holder is None or not holder.is_alive or not self.is_held():
            raise NotRunning(
                f"Nothing runs on {self.path}; start it with `tianlong run`, or name the right "
                "folder with --data."
            )
        return holder

    def holder_pid(self) -> int | str:
        holder = Identity.load(self._lock_file)
        return holder.pid if holder else "unknown"

    def is_held(self) -> bool:
        try:
            with self._lock_file.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def state(self) -> RunState:
        try:
            return RunState(**json.loads((self.path / "run.json").read_text()))
        except (OSError, ValueError, TypeError):
            return RunState(phase="stopped")

    def keep_state(self, state: RunState) -> None:
        write_atomically(self.path / "run.json", json.dumps(asdict(state), indent=2))

    def ports(self, names: tuple[str, ...]) -> dict[str, int]:
        """A port for each name: last time's where it is still free."""
        kept = self.kept_ports()
        ports: dict[str, int] = {}
        for name in names:
            ports[name] = keep_or_choose(kept.get(name), set(ports.values()))
        write_atomically(self.path / "ports.json", json.dumps(ports))
        return ports

    def kept_ports(self) -> dict[str, int]:
        try:
            return dict(json.loads((self.path / "ports.json").read_text()))
        except (OSError, ValueError):
            return {}

    def backend_port(self, name: str) -> int | None:
        """Where MongoDB or Kafka was last started."""
        try:
            return int(json.loads((self.part(name) / "ports.json").read_text())[0])
        except (OSError, ValueError):
            return None

    def password(self, name: str, variable: str) -> tuple[str, bool]:
        """A password and whether it was made just now.

        The one that was kept comes first, since accounts made with it still have it; then the
        environment's; else a random one is made and kept, readable by its owner only.
        """
        file = self.password_file(name)
        with contextlib.suppress(OSError):
            return file.read_text().strip(), False
        if given := os.environ.get(variable):
            return given, False
        made = secrets.token_urlsafe(15)
        write_atomically(file, made + "\n", mode=0o600)
        return made, True

    def password_file(self, name: str) -> Path:
        return self.path / f"{name}-password"

    @property
    def _lock_file(self) -> Path:
        return self.path / "run.lock"
