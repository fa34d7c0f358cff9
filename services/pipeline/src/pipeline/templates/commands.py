"""What can be done with process templates."""

from typing import Any

import msgspec
from chassis.mongo import Database, Document
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.work import Work

from pipeline.copies import unknown
from pipeline.templates.model import (
    DRAFT,
    Process,
    ProcessTemplate,
    draft,
    publish,
    template_id,
)
from pipeline.templates.store import PROCESS_TEMPLATES, definition, newest

ASKED_FOR = ("zh", "en", "stages", "won_stage")


async def publish_process(work: Work, process: Process, definition: Document) -> ProcessTemplate:
    """Tell everybody of a version that comes with the service, once. Raises `Unfinishable`."""
    known = await work.find(PROCESS_TEMPLATES, template_id(process.code, process.version))
    return known or work.add(PROCESS_TEMPLATES, publish(process, definition))


async def draft_process(
    work: Work, code: str, based_on: int | None, parts: dict[str, Any]
) -> ProcessTemplate:
    """Begin the next version of a process: an earlier one with `parts` replaced.

    Raises:
        Duplicate: there is a draft of it already.
        ValidationFailed: no such earlier version, or a new process with something left out.
    """
    await work.scope("process-templates:write")
    versions = await _versions(work.db, code)
    if any(one.get("status") == DRAFT for one in versions):
        raise Duplicate(
            {CHINESE: f"{code} 已有一份草稿", ENGLISH: f"there is a draft of {code} already"}
        )
    earlier = await newest(work.db, code)
    if based_on is None and earlier is not None:
        based_on = earlier.version
    start: dict[str, Any] = {}
    if based_on is not None:
        known = await definition(work.db, code, based_on)
        if known is None:
            raise ValidationFailed(unknown("/based_on", "已发布版本", "published version"))
        start = known
    shipped = 0 if earlier is None else earlier.version
    edition = max([shipped, *(one["edition"] for one in versions)]) + 1
    whole = _whole(start | parts | {"code": code, "version": edition})
    return work.add(PROCESS_TEMPLATES, draft(code, edition, whole, based_on))


async def change_draft(work: Work, identifier: str, parts: dict[str, Any]) -> ProcessTemplate:
    await work.scope("process-templates:write")
    template = await work.load(PROCESS_TEMPLATES, identifier)
    template.change(_whole(template.definition | parts))
    return template


async def publish_draft(work: Work, identifier: str) -> ProcessTemplate:
    """New deals start with it; running ones keep theirs. Raises `Unfinishable`."""
    await work.scope("process-templates:publish")
    template = await work.load(PROCESS_TEMPLATES, identifier)
    template.publish(process_in(template))
    return template


async def withdraw_draft(work: Work, identifier: str) -> ProcessTemplate:
    await work.scope("process-templates:write")
    template = await work.load(PROCESS_TEMPLATES, identifier)
    template.withdraw()
    return template


def process_in(template: ProcessTemplate) -> Process:
    return msgspec.convert(template.definition, Process)


async def _versions(db: Database, code: str) -> list[Document]:
    found = db[PROCESS_TEMPLATES.collection].find({"code": code}, {"edition": 1, "status": 1})
    return await found.to_list()


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    """The definition with every default written out, so that it can be read by itself."""
    missing = [name for name in ASKED_FOR if values.get(name) is None]
    if missing:
        required = {CHINESE: "必填", ENGLISH: "is required"}
        raise ValidationFailed([FieldError(f"/{name}", "required", required) for name in missing])
    whole: dict[str, Any] = msgspec.to_builtins(msgspec.convert(values, Process))
    return whole
