"""Which records may have files, and who may do what with them: what they may do to the record."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chassis.facts import Aggregate
from chassis.files.model import File
from chassis.files.store import FILES
from chassis.problems import CHINESE, ENGLISH, FieldError, NotFound, ValidationFailed
from chassis.scopes import Scope
from chassis.store import Stored
from chassis.work import Work


class Attachable(NamedTuple):
    """Records of a kind: what may be read with `read`, and changed with `write`."""

    stored: Stored[Any]
    read: str
    write: str


Records = Mapping[str, Attachable]


def attachable(stored: Stored[Any], collection: str, *, write: str = "write") -> Attachable:
    """Records that are read with `<collection>:read`, and changed with `<collection>:write`."""
    return Attachable(stored, f"{collection}:read", f"{collection}:{write}")


def named(records: Records, record: str) -> tuple[Attachable, str]:
    """A record `<type>:<id>` by its kind and id. Raises ValidationFailed."""
    kind, _, identifier = record.partition(":")
    if kind not in records or not identifier:
        listed = ", ".join(f"{one}:…" for one in records)
        message = {CHINESE: f"须为 {listed} 之一", ENGLISH: f"is one of {listed}"}
        raise ValidationFailed(FieldError("/record", "unknown-record", message))
    return records[kind], identifier


async def writable(work: Work, records: Records, record: str) -> Aggregate:
    """The record, if the caller may change it.

    Raises:
        Forbidden: the caller may see it, but not change it.
        NotFound: there is none, or the caller may not see it.
    """
    kind, identifier = named(records, record)
    found: Aggregate = await work.load(kind.stored, identifier)
    scope: Scope = await work.scope(kind.write)
    if not scope.allows(found):
        scope.require(found, seen=await work.scope(kind.read))
    return found


async def require(work: Work, file_id: str, *, record: str, pointer: str = "/file_id") -> File:
    """A file of that very record that was not withdrawn.

    Raises:
        ValidationFailed: there is none.
    """
    file = await work.find(FILES, file_id)
    if file is None or file.attached_to != record or file.withdrawn_at is not None:
        message = {CHINESE: "不是该记录的附件", ENGLISH: "is no file of this record"}
        raise ValidationFailed(FieldError(pointer, "no-such-file", message))
    return file


def missing(identifier: str) -> NotFound:
    return NotFound(File.TYPE, identifier)
