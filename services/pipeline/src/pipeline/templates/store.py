"""Processes: those that come with the service (`data/<code>.<version>.json`), and published ones.

What was published lies in the database, whichever process of the service published it. A version
never changes once it is published, so that it is read once; drafts are no processes yet.
"""

from functools import cache
from importlib.resources import files

import msgspec
from chassis.lists import Asked, lists_of
from chassis.mongo import Database, Document
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.templates.model import (
    PUBLISHED,
    Process,
    ProcessTemplate,
    require_finishable,
    template_id,
)

PROCESS_TEMPLATES = Stored(
    ProcessTemplate,
    "process_templates",
    indexes=[IndexModel([("code", ASCENDING), ("edition", DESCENDING)], name="code")],
)
# With the database they are of: what is kept by identity must live as long.
_read: dict[int, tuple[Database, dict[str, Process]]] = {}


def definition_of(raw: bytes) -> tuple[Process, Document]:
    """A process, and the very data it was read from. Raises `Unfinishable`."""
    process = msgspec.json.decode(raw, type=Process)
    require_finishable(process)
    definition: Document = msgspec.json.decode(raw)
    return process, definition


@cache
def definitions() -> dict[tuple[str, int], tuple[Process, Document]]:
    """The processes that come with the service, by code and version."""
    found = {}
    for file in files("pipeline.templates").joinpath("data").iterdir():
        if file.name.endswith(".json"):
            process, definition = definition_of(file.read_bytes())
            found[process.code, process.version] = process, definition
    return found


def shipped(code: str, version: int) -> Process:
    """A process that comes with the service. Raises KeyError."""
    return definitions()[code, version][0]


async def published(db: Database, code: str, version: int) -> Process | None:
    """A published version; None if there is no such version."""
    try:
        return await process(db, code, version)
    except KeyError:
        return None


async def process(db: Database, code: str, version: int) -> Process:
    """The process a deal runs on. Raises KeyError if there never was such a version."""
    _, known = _read.setdefault(id(db), (db, {}))
    identifier = template_id(code, version)
    if identifier not in known:
        found = await definition(db, code, version)
        if found is None:
            raise KeyError(identifier)
        known[identifier] = msgspec.convert(found, Process)
    return known[identifier]


async def definition(db: Database, code: str, version: int) -> Document | None:
    """A published version as plain data; None if there is no such version."""
    matching = {"_id": template_id(code, version), "status": {"$in": [PUBLISHED, None]}}
    found = await db[PROCESS_TEMPLATES.collection].find_one(matching)
    if found is not None:
        published: Document = found["definition"]
        return published
    return definitions()[code, version][1] if (code, version) in definitions() else None


async def newest(db: Database, code: str) -> Process | None:
    """The version that a new deal starts with: the last one that was published."""
    asked = Asked(
        PROCESS_TEMPLATES.collection,
        {"code": code, "status": {"$in": [PUBLISHED, None]}},
        [("edition", -1)],
        1,
        ("edition",),
    )
    for found in await lists_of(db).read(asked):
        return await process(db, code, found["edition"])
    versions = [version for known, version in definitions() if known == code]
    return shipped(code, max(versions)) if versions else None
