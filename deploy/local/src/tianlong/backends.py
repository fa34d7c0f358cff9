"""MongoDB and Kafka as things that one starts on a folder, kills, restarts and stops.

For the supervisor and for tests alike. Every backend remembers its ports and its process in its
folder, so a start on a folder that is still served ends what is left there, and keeps the port.
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tianlong import kafka, mongodb
from tianlong.errors import PartDidNotStart
from tianlong.ports import keep_or_choose
from tianlong.processes import Identity, last_words, spawn, wait_until, write_atomically

_ATTEMPTS = 5


@dataclass
class Backend:
    """One running MongoDB or Kafka."""

    name: str
    folder: Path
    address: str
    identity: Identity
    _again: Callable[[], "Backend"]
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    # A stop that meets a restart waits for it, or what was just started would be left behind.
    _one_at_a_time: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def uri(self) -> str:
        """MongoDB's address."""
        return self.address

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return self.address

    @property
    def pid(self) -> int:
        return self.identity.pid

    @property
    def is_alive(self) -> bool:
        self._reap()
        return self.identity.is_alive

    def stop(self, patience: float = 20) -> None:
        """End it in good order; a second call does nothing."""
        with self._one_at_a_time:
            self.identity.stop(patience)
            self._bury()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.identity.kill()
        self._bury()

    def restart(self) -> None:
        """Start it again on the same folder and ports, after a stop, a kill or a crash."""
        with self._one_at_a_time:
            self.stop()
            new = self._again()
            self.address, self.identity, self._child = new.address, new.identity, new._child

    def _reap(self) -> None:
        if self._child is not None:
            self._child.poll()

    def _bury(self) -> None:
        """It has ended; the system is told that nobody asks for it any more."""
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(5)


def start_mongodb(folder: Path, *, port: int | None = None, bound: bool = True) -> Backend:
    """A replica set of one on the folder, ready for transactions when this returns.

    A `bound` one is ended by the system with the thread that started it.
    """
    folder = folder.resolve()
    (folder / "data").mkdir(parents=True, exist_ok=True)

    def start_on(ports: list[int]) -> Backend:
        return _start(
            "MongoDB",
            folder,
            mongodb.command(folder, ports[0]),
            lambda: mongodb.is_primary(ports[0]),
            mongodb.uri(ports[0]),
            again=lambda: start_mongodb(folder, bound=bound),
            bound=bound,
        )

    return _on_free_ports(folder, 1, port, start_on)


def start_kafka(folder: Path, *, port: int | None = None, bound: bool = True) -> Backend:
    """A broker on the folder, taking records when this returns.

    A `bound` one is ended by the system with the thread that started it.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    def start_on(ports: list[int]) -> Backend:
        kafka.prepare(folder, ports[0], ports[1])
        return _start(
            "Kafka",
            folder,
            kafka.command(folder),
            lambda: kafka.serves(ports[0]),
            f"127.0.0.1:{ports[0]}",
            again=lambda: start_kafka(folder, bound=bound),
            bound=bound,
        )

    return _on_free_ports(folder, 2, port, start_on)


def _on_free_ports(
    folder: Path, count: int, asked: int | None, start_on: Callable[[list[int]], Backend]
) -> Backend:
    """Start on the ports of last time; on others when somebody else was quicker."""
    left = Identity.load(folder / "process.json")
    if left is not None:
        left.stop(20)
    for attempt in range(_ATTEMPTS):
        kept = _kept_ports(folder) if attempt == 0 else []
        if asked is not None:
            kept = [asked, *kept[1:]]
        ports: list[int] = []
        for index in range(count):
            ports.append(keep_or_choose(kept[index] if index < len(kept) else None, set(ports)))
        write_atomically(folder / "ports.json", json.dumps(ports))
        try:
            return start_on(ports)
        except PartDidNotStart as problem:
            if attempt == _ATTEMPTS - 1 or "in use" not in str(problem).lower():
                raise
    raise AssertionError("the last attempt either returns or raises")


def _kept_ports(folder: Path) -> list[int]:
    try:
        return [int(port) for port in json.loads((folder / "ports.json").read_text())]
    except (OSError, ValueError):
        return []


def _start(
    name: str,
    folder: Path,
    command: list[str],
    is_ready: Callable[[], bool],
    address: str,
    *,
    again: Callable[[], Backend],
    bound: bool,
    patience: float = 60,
) -> Backend:
    log = folder / "logs" / "output.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    child = spawn(command, log=log, bound=bound)
    identity = Identity.of(child.pid)
    identity.save(folder / "process.json")
    wait_until(lambda: child.poll() is not None or is_ready(), patience)
    if child.poll() is not None:
        raise PartDidNotStart(
            f"{name} ended while starting. Its last words:\n{last_words(log.parent)}"
        )
    if not is_ready():
        identity.kill()
        child.poll()
        raise PartDidNotStart(f"{name} was not ready after {patience:.0f} s; see {log}.")
    return Backend(name, folder, address, identity, again, child)
