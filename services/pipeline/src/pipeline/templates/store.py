"""The processes that come with the service (`data/<code>.<version>.json`), and the published ones.

Every version stays in `data`, since an opportunity keeps the version it started with.
"""

from functools import cache
from importlib.resources import files

import msgspec
from chassis.mongo import Document
from chassis.store import Stored

from pipeline.templates.model import Process, ProcessTemplate, require_finishable

PROCESS_TEMPLATES = Stored(ProcessTemplate, "process_templates")


def definition_of(raw: bytes) -> tuple[Process, Document]:
    """A process, and the very data it was read from. Raises `Unfinishable`."""
    process = msgspec.json.decode(raw, type=Process)
    require_finishable(process)
    definition: Document = msgspec.json.decode(raw)
    return process, definition


@cache
def definitions() -> dict[tuple[str, int], tuple[Process, Document]]:
    """All processes known here, by code and version."""
    found = {}
    for file in files("pipeline.templates").joinpath("data").iterdir():
        if file.name.endswith(".json"):
            process, definition = definition_of(file.read_bytes())
            found[process.code, process.version] = process, definition
    return found


def process(code: str, version: int) -> Process:
    """The process a deal runs on; KeyError if there never was such a version."""
    return definitions()[code, version][0]


@cache
def newest(code: str) -> Process | None:
    """The version that a new deal starts with."""
    versions = [
        known for (known_code, _), (known, _) in definitions().items() if known_code == code
    ]
    return max(versions, key=lambda known: known.version, default=None)
