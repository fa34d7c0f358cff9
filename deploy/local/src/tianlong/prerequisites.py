"""What the machine must bring, each checked with the remedy for when it is missing."""

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tianlong import kafka, mongodb
from tianlong.errors import MissingPrerequisite, PortTaken, RuntimeProblem
from tianlong.folder import DataFolder
from tianlong.kafka_jars import kafka_jars
from tianlong.ports import is_free

_OWN_MONGODB = "or give the address of a replica set of your own in TIANLONG_MONGODB_URI"
# What the loader says when a library is not there, and the package that brings it.
_LIBRARIES = {
    "libcurl.so.4": "libcurl 4 (`sudo apt install libcurl4`)",
    "libcrypto.so.3": "OpenSSL 3 (`sudo apt install libssl3`)",
    "libssl.so.3": "OpenSSL 3 (`sudo apt install libssl3`)",
    "liblzma.so.5": "liblzma 5 (`sudo apt install liblzma5`)",
}
_LEAST_FREE_BYTES = 1_500_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, or the sentence that helps."""

    subject: str
    is_good: bool
    says: str


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> str:
    if version < (3, 11):
        raise MissingPrerequisite(
            f"Tianlong needs Python 3.11 or later, this is {version[0]}.{version[1]}; install a "
            "newer one and run `make setup PYTHON=python3.11`."
        )
    return f"{version[0]}.{version[1]}"


def check_mongodb() -> str:
    """MongoDB's program runs on this machine."""
    if platform.system() != "Linux":
        raise MissingPrerequisite(
            f"The MongoDB that comes along runs on Linux only, not on {platform.system()}; use "
            f"`docker compose up`, {_OWN_MONGODB}."
        )
    tried = _try(str(mongodb.mongod()), "--version")
    if tried.returncode != 0:
        raise MissingPrerequisite(mongodb_remedy(tried.stderr))
    return tried.stdout.splitlines()[0]


def mongodb_remedy(complaint: str) -> str:
    """One sentence for what the loader complained about."""
    for library, remedy in _LIBRARIES.items():
        if library in complaint:
            return f"MongoDB needs {remedy}, {_OWN_MONGODB}."
    if wanted := re.findall(r"GLIBC_[\d.]+", complaint):
        return (
            f"MongoDB needs a newer C library ({max(wanted)}; Ubuntu 22.04 or Debian 12 and later "
            f"have it); use `docker compose up`, {_OWN_MONGODB}."
        )
    return (
        f"MongoDB does not run here ({complaint.strip()}); use `docker compose up`, {_OWN_MONGODB}."
    )


def check_java() -> str:
    tried = _try(str(kafka.java()), "-version")
    if tried.returncode != 0:
        raise MissingPrerequisite(
            f"The Java runtime does not run here ({tried.stderr.strip()}); use `docker compose "
            "up`, or give the address of a Kafka of your own in TIANLONG_KAFKA_BOOTSTRAP."
        )
    return tried.stderr.splitlines()[0]


def check_port(port: int) -> str:
    if not is_free(port):
        raise PortTaken(
            f"Port {port} is taken by another program; stop it, or choose another port with "
            f"--port, for example --port {port + 1}."
        )
    return f"{port} is free"


def check_disk(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise MissingPrerequisite(
            f"Only {free / 1e9:.1f} GB are free where {folder} lies; make room for "
            f"{_LEAST_FREE_BYTES / 1e9:.1f} GB, or give another folder with --data."
        )
    return f"{free / 1e9:.0f} GB free"


def check_all(folder: DataFolder, port: int) -> list[Finding]:
    """Everything, also when something early is missing; what `tianlong doctor` shows."""

    def folder_is_usable() -> str:
        folder.make()
        return str(folder.path)

    checks: dict[str, Callable[[], str]] = {
        "Python": check_python,
        "Data folder": folder_is_usable,
        "Disk": lambda: check_disk(folder.path),
        "MongoDB": check_mongodb,
        "Java": check_java,
        "Kafka": lambda: f"jars in {kafka_jars()}",
    }
    if not folder.is_held():
        checks["Port"] = lambda: check_port(port)
    return [_finding(subject, check) for subject, check in checks.items()]


def _finding(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, check())
    except (RuntimeProblem, OSError) as problem:
        return Finding(subject, False, str(problem))


def _try(*command: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603 - the commands are ours
            command, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as problem:
        return subprocess.CompletedProcess(command, 1, "", str(problem))
