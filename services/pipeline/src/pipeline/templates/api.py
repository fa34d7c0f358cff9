"""Process templates over HTTP: `/process-templates`."""

from typing import Annotated

from chassis.door import Reader
from chassis.pages import page
from chassis.problems import NotFound
from fastapi import APIRouter, Path, Query, Response

from pipeline.templates.model import ProcessTemplate
from pipeline.templates.store import PROCESS_TEMPLATES

router = APIRouter(tags=["process-templates"])


def template_view(template: ProcessTemplate) -> dict[str, object]:
    return {
        "id": template.id,
        "code": template.code,
        "version": template.edition,
        "definition": template.definition,
    }


@router.get("/process-templates")
async def list_process_templates(
    reader: Reader, limit: int = 50, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """Every published version of every process."""
    await reader.scope("process-templates:read")
    found = await page(
        reader.db[PROCESS_TEMPLATES.collection],
        {},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=PROCESS_TEMPLATES.aggregate,
    )
    return reader.page([template_view(template) for template in found.items], found.next_cursor)


@router.get("/process-templates/{template_id}")
async def read_process_template(
    template_id: Annotated[str, Path(max_length=64)], reader: Reader
) -> Response:
    await reader.scope("process-templates:read")
    document = await reader.db[PROCESS_TEMPLATES.collection].find_one({"_id": template_id})
    if document is None:
        raise NotFound("process_template", template_id)
    template = PROCESS_TEMPLATES.aggregate(document)
    return reader.show(template_view(template), version=template.version)
