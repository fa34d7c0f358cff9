"""Child processes that are known by pid and start time, never by name.

A pid alone is used again by the system; together with the start time it names one process for
ever, so a record left behind by a killed supervisor can be trusted or thrown away, never guessed.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Identity:
    """One process of this machine, named so that it cannot be mistaken for a later one."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """Raises psutil.NoSuchProcess."""
        return cls(pid, _started(pid))

    def process(self) -> psutil.Process | None:
        """The process if it still runs.

        A zombie does not, once its last thread is gone: until then its ports are still taken.
        """
        try:
            found = psutil.Process(self.pid)
            if _started(self.pid) != self.started:
                return None
            if found.status() == psutil.STATUS_ZOMBIE and found.num_threads() <= 1:
                return None
        except psutil.NoSuchProcess:
            return None
        return found

    @property
    def is_alive(self) -> bool:
        return self.process() is not None

    def stop(self, patience: float) -> bool:
        """Ask it to end, and end it when `patience` seconds were not enough.

        Returns whether it went by itself.
        """
        process = self.process()
        if process is None:
            return True
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
        if wait_until(lambda: not self.is_alive, patience):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """End it at once, and return when it is gone."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not self.is_alive, 30)

    def save(self, path: Path) -> None:
        write_atomically(path, json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> "Identity | None":
        """The identity that was saved there, or None if there is none that can be read."""
        try:
            kept = json.loads(path.read_text())
            return cls(int(kept["pid"]), str(kept["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _started(pid: int) -> str:
    """When the process began, in a form that stays equal for as long as it lives.

    On Linux: which boot, and how many ticks into it. The wall-clock time would differ from one
    reader to the next once the clock has been set.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The name, in brackets, may itself hold spaces and brackets.
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return f"{boot}:{after_name[19]}"
    except (OSError, IndexError):
        return repr(psutil.Process(pid).create_time())


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    bound: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a process in a session of its own, so that Ctrl-C reaches only its starter.

    Output is appended to `log`. A `bound` process is ended by the system when the thread that
    started it ends, also if that is by `kill -9`: what tests start must not outlive them.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - the commands are ours
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            start_new_session=True,
            preexec_fn=_bind_to_starter() if bound else None,
        )


def _bind_to_starter() -> Callable[[], None] | None:
    """What makes the system end the child with its starter; only Linux knows it."""
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return bind


def wait_until(holds: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether the condition came to hold within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a small file: a reader sees the old one or the new one, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def last_words(logs: Path, lines: int = 15) -> str:
    """The last lines of each log in a folder, for a message about what did not start."""
    return "\n".join(
        line
        for log in sorted(logs.glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()[-lines:]
    )
