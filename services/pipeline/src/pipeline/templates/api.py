"""Process templates over HTTP: `/process-templates`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.pages import page
from chassis.problems import NotFound
from fastapi import APIRouter, Query, Response

from pipeline.requests import Cursor, IdPath, Limit
from pipeline.templates import commands
from pipeline.templates.model import ProcessTemplate, faults
from pipeline.templates.requests import DraftIn, PartsIn
from pipeline.templates.store import PROCESS_TEMPLATES

router = APIRouter(tags=["process-templates"])


def template_view(template: ProcessTemplate) -> dict[str, Any]:
    return {
        "id": template.id,
        "code": template.code,
        "version": template.edition,
        "status": template.status,
        "based_on": template.based_on,
        "definition": template.definition,
    }


@router.post("/process-templates", status_code=201)
async def draft_process(body: DraftIn, door: Door) -> Response:
    """Begin the next version of a process; nobody's deal changes until it is published."""
    return await door.run(
        lambda work: commands.draft_process(work, body.code, body.based_on, body.parts()),
        shown=template_view,
        created="/process-templates",
    )


@router.get("/process-templates")
async def list_process_templates(
    reader: Reader,
    code: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = None,
    status: Annotated[Literal["draft", "published", "withdrawn"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Every version of every process, drafts included."""
    await reader.scope("process-templates:read")
    asked: dict[str, Any] = {"code": code, "status": status}
    found = await page(
        reader.db[PROCESS_TEMPLATES.collection],
        {name: value for name, value in asked.items() if value is not None},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=PROCESS_TEMPLATES.aggregate,
    )
    return reader.page([template_view(template) for template in found.items], found.next_cursor)


@router.get("/process-templates/{template_id}")
async def read_process_template(template_id: IdPath, reader: Reader) -> Response:
    template = await _read(reader, template_id)
    return reader.show(template_view(template), version=template.version)


@router.get("/process-templates/{template_id}/validate")
async def validate_process_template(template_id: IdPath, reader: Reader) -> Response:
    """Whether a deal on it could be won; if not, what would stop it and where that stands."""
    template = await _read(reader, template_id)
    found = faults(commands.process_in(template))
    return reader.show(
        {
            "is_finishable": not found,
            "errors": [fault.told(reader.caller.language) for fault in found],
        },
        version=template.version,
    )


@router.patch("/process-templates/{template_id}")
async def change_draft(template_id: IdPath, body: PartsIn, door: Door) -> Response:
    """Replace parts of a draft; a part that is not named stays."""
    return await door.run(
        lambda work: commands.change_draft(work, template_id, body.parts()), shown=template_view
    )


@router.post("/process-templates/{template_id}/publish")
async def publish_draft(template_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.publish_draft(work, template_id), shown=template_view
    )


@router.post("/process-templates/{template_id}/withdraw")
async def withdraw_draft(template_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_draft(work, template_id), shown=template_view
    )


async def _read(reader: Reader, template_id: str) -> ProcessTemplate:
    await reader.scope("process-templates:read")
    template = await reader.find(PROCESS_TEMPLATES, template_id)
    if template is None:
        raise NotFound("process_template", template_id)
    return template
