"""Stage playbooks over HTTP: `/stage-playbooks`, and a deal's worklist by them."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from chassis.problems import NotFound
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.opportunities.commands import process_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.requests import Cursor, IdPath, Limit
from pipeline.stage_playbooks import commands
from pipeline.stage_playbooks.model import (
    PlaybookProgress,
    StagePlaybook,
    Step,
    Tick,
    playbook_id,
    tick_place,
)
from pipeline.stage_playbooks.store import PLAYBOOK_PROGRESS, STAGE_PLAYBOOKS
from pipeline.views import plain

router = APIRouter(tags=["stage-playbooks"])
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
CodeQuery = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Role = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
NormDays = Annotated[int, Field(ge=1, le=3_650)]


class StepIn(RequestModel):
    """`step` 环节 · `content` 工作内容 · `standard` 标准 · `owner` 责任人 (a role)."""

    code: Code
    step: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(min_length=1, max_length=2000)]
    standard: Annotated[str, Field(min_length=1, max_length=2000)]
    owner: Role
    documents: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default=[], max_length=20
    )
    norm_days: NormDays | None = None


class ChangesIn(RequestModel):
    steps: list[StepIn] | None = Field(None, min_length=1, max_length=50)
    norm_days: NormDays | None = None

    def written(self) -> list[Step] | None:
        return None if self.steps is None else [Step(**step.model_dump()) for step in self.steps]


class PlaybookIn(ChangesIn):
    """For one stage of a process; without steps, those that the process itself names."""

    template: Code
    stage: Code


class TickIn(RequestModel):
    """A step of the stage the deal stands at, unless another is named."""

    step: Code
    stage: Code | None = None
    is_done: bool = True


def playbook_view(playbook: StagePlaybook) -> dict[str, Any]:
    return {
        "id": playbook.id,
        "version": playbook.version,
        "template": playbook.template,
        "stage": playbook.stage,
        "edition": playbook.edition,
        "norm_days": playbook.norm_days,
        "steps": [plain(step) for step in playbook.steps],
    }


def progress_view(progress: PlaybookProgress) -> dict[str, Any]:
    return {
        "opportunity_id": progress.opportunity_id,
        "version": progress.version,
        "ticks": {place: plain(tick) for place, tick in progress.ticks.items()},
    }


@router.post("/stage-playbooks", status_code=201)
async def write_playbook(body: PlaybookIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.write_playbook(
            work, body.template, body.stage, body.written(), body.norm_days
        ),
        shown=playbook_view,
        created="/stage-playbooks",
    )


@router.get("/stage-playbooks")
async def list_playbooks(
    reader: Reader,
    template: CodeQuery = None,
    stage: CodeQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    await reader.scope("stage-playbooks:read")
    asked = {"template": template, "stage": stage}
    found = await page(
        reader.db[STAGE_PLAYBOOKS.collection],
        {name: value for name, value in asked.items() if value is not None},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=STAGE_PLAYBOOKS.aggregate,
    )
    return reader.page([playbook_view(one) for one in found.items], found.next_cursor)


@router.get("/stage-playbooks/{identifier}")
async def read_playbook(identifier: IdPath, reader: Reader) -> Response:
    await reader.scope("stage-playbooks:read")
    playbook = await reader.find(STAGE_PLAYBOOKS, identifier)
    if playbook is None:
        raise NotFound(StagePlaybook.TYPE, identifier)
    return reader.show(playbook_view(playbook), version=playbook.version)


@router.patch("/stage-playbooks/{identifier}")
async def rewrite_playbook(identifier: IdPath, body: ChangesIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.rewrite_playbook(work, identifier, body.written(), body.norm_days),
        shown=playbook_view,
    )


@router.get("/opportunities/{opportunity_id}/playbook")
async def read_worklist(
    opportunity_id: IdPath, reader: Reader, stage: CodeQuery = None
) -> Response:
    """The standard work of the deal's stage, or of another, and what of it is ticked."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    code = stage or (await process_of(reader.db, deal)).stage(deal.stage).code
    playbook = await reader.find(STAGE_PLAYBOOKS, playbook_id(deal.template, code))
    progress = await reader.find(PLAYBOOK_PROGRESS, deal.id)
    ticks = {} if progress is None else progress.ticks
    steps = [] if playbook is None else playbook.steps
    items = [_worklist_item(step, ticks.get(tick_place(code, step.code))) for step in steps]
    return reader.show(
        {
            "opportunity_id": deal.id,
            "stage": code,
            "edition": playbook.edition if playbook else None,
            "norm_days": playbook.norm_days if playbook else None,
            "done": sum(item["is_done"] for item in items),
            "total": len(items),
            "items": items,
        }
    )


@router.post("/opportunities/{opportunity_id}/tick-step")
async def tick_step(opportunity_id: IdPath, body: TickIn, door: Door) -> Response:
    """A note on the worklist; it opens no gate."""
    return await door.run(
        lambda work: commands.tick_step(
            work, opportunity_id, body.stage, body.step, is_done=body.is_done
        ),
        shown=progress_view,
    )


def _worklist_item(step: Step, tick: Tick | None) -> dict[str, Any]:
    return plain(step) | {
        "is_done": tick is not None,
        "done_by": tick.by if tick else None,
        "done_at": tick.at if tick else None,
    }
