"""Kafka's jars: fetched once from Maven Central, checked against a committed list of sha256 sums.

The checked jars lie flat in one folder of the cache; a start looks only at that folder.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tianlong.errors import MissingPrerequisite

# The broker's package names no logging backend; without the binding it logs nothing. The two are
# resolved apart: together, the second one's managed versions would pull the broker's own down.
ENDPOINTS = (
    "org.apache.kafka:kafka_2.13:4.3.0@kafka.Kafka",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)


@dataclass(frozen=True)
class JarLock:
    """Which jars make up the broker, and the sha256 of each."""

    endpoints: tuple[str, ...]
    jars: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """Changes when any jar does, so that two versions never share a folder."""
        return hashlib.sha256(json.dumps(self.jars, sort_keys=True).encode()).hexdigest()[:12]


def committed_lock() -> JarLock:
    kept = json.loads((files("tianlong") / "kafka.lock.json").read_text())
    return JarLock(endpoints=tuple(kept["endpoints"]), jars=kept["jars"])


def cache_folder() -> Path:
    """`TIANLONG_CACHE`, or the user's cache."""
    given = os.environ.get("TIANLONG_CACHE")
    if given:
        return Path(given).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tianlong"


def kafka_jars() -> Path:
    """The folder with the checked jars; fetches them the first time (44 MB).

    Raises MissingPrerequisite when they cannot be fetched or are not the ones that were locked.
    """
    lock = committed_lock()
    cache = cache_folder()
    ready = cache / f"kafka-{lock.fingerprint}"
    if not ready.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / "kafka.lock"):
            if not ready.is_dir():
                _fetch(lock, cache, ready)
    return ready


def _fetch(lock: JarLock, cache: Path, ready: Path) -> None:
    # A folder appears under its final name only when everything in it has been checked.
    draft = Path(tempfile.mkdtemp(dir=cache, prefix=".kafka-"))
    try:
        copy_checked(lock, download(lock.endpoints, cache), draft)
        draft.chmod(0o755)
        draft.rename(ready)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def copy_checked(lock: JarLock, found: Mapping[str, Path], folder: Path) -> None:
    """Copy the locked jars, and nothing else. Raises MissingPrerequisite."""
    if missing := sorted(set(lock.jars) - set(found)):
        raise MissingPrerequisite(
            f"Maven Central did not give these parts of Kafka: {', '.join(missing)}; "
            "run `make setup` again with the network up."
        )
    for name, expected in lock.jars.items():
        if sha256(Path(shutil.copy2(found[name], folder / name))) != expected:
            raise MissingPrerequisite(
                f"{name} is not the file that was locked; remove {found[name].resolve()} "
                "and what Maven keeps of it, then run `make setup` again."
            )


def download(endpoints: tuple[str, ...], cache: Path) -> dict[str, Path]:
    """All jars of the endpoints by file name, as Maven resolves them."""
    import jgo  # here, since a warm start has no use for it

    found: dict[str, Path] = {}
    for endpoint in endpoints:
        try:
            environment = jgo.build(endpoint, cache_dir=cache / "jgo")
        except Exception as problem:  # whatever the library meets, it means the same to a person
            raise MissingPrerequisite(
                f"Kafka could not be fetched from Maven Central ({problem}); check the network "
                "or the proxy settings (HTTPS_PROXY) and run `make setup` again."
            ) from problem
        # The library sorts modular jars into a second folder; the broker wants one class path.
        for part in ("jars", "modules"):
            found |= {path.name: path for path in (environment.path / part).glob("*.jar")}
    return found


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relock() -> JarLock:
    """Resolve the endpoints anew and write the list; for whoever raises Kafka's version."""
    found = download(ENDPOINTS, cache_folder())
    lock = JarLock(ENDPOINTS, {name: sha256(found[name]) for name in sorted(found)})
    text = json.dumps({"endpoints": lock.endpoints, "jars": lock.jars}, indent=2)
    Path(__file__).with_name("kafka.lock.json").write_text(text + "\n")
    return lock


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
