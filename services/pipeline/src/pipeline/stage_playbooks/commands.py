"""What can be done with stage playbooks, and with a deal's worklist."""

from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.work import Work

from pipeline.access import acting_staff, reach
from pipeline.copies import unknown
from pipeline.opportunities.commands import process_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.stage_playbooks.model import (
    PlaybookProgress,
    StagePlaybook,
    Step,
    a_playbook,
    begin_progress,
    playbook_id,
)
from pipeline.stage_playbooks.store import PLAYBOOK_PROGRESS, STAGE_PLAYBOOKS
from pipeline.templates.model import Stage
from pipeline.templates.store import newest

WRITE = "stage-playbooks:write"


async def write_playbook(
    work: Work, template: str, stage: str, steps: list[Step] | None, norm_days: int | None
) -> StagePlaybook:
    """The standard work of a stage; what the process itself says of it where nothing is given.

    Raises:
        Duplicate: there is one, which is changed instead.
        ValidationFailed: no such process or stage, or nothing to do there.
    """
    await work.scope(WRITE)
    known = await _stage(work, template, stage)
    if await work.find(STAGE_PLAYBOOKS, playbook_id(template, stage)) is not None:
        raise Duplicate(
            {CHINESE: "该阶段已有标准作业", ENGLISH: "there is a playbook of this stage already"}
        )
    if steps is None:
        steps = [
            Step(
                code=one.code,
                step=one.zh,
                content=one.zh,
                standard=one.en,
                owner=one.owner,
                documents=one.documents,
            )
            for one in known.work
        ]
    if not steps:
        raise ValidationFailed(
            FieldError("/steps", "required", {CHINESE: "必填", ENGLISH: "is required"})
        )
    playbook = a_playbook(template, stage)
    playbook.write(steps, known.norm_days if norm_days is None else norm_days)
    return work.add(STAGE_PLAYBOOKS, playbook)


async def rewrite_playbook(
    work: Work, identifier: str, steps: list[Step] | None, norm_days: int | None
) -> StagePlaybook:
    """A new edition; what was ticked in a worklist stays ticked."""
    await work.scope(WRITE)
    playbook = await work.load(STAGE_PLAYBOOKS, identifier)
    playbook.write(
        playbook.steps if steps is None else steps,
        playbook.norm_days if norm_days is None else norm_days,
    )
    return playbook


async def tick_step(
    work: Work, opportunity_id: str, stage: str | None, step: str, *, is_done: bool
) -> PlaybookProgress:
    """Note that a step of the deal's worklist is done, or is not after all; its stage's now."""
    deal = await reach(work, OPPORTUNITIES, opportunity_id, "opportunities:tick")
    if stage is None:
        stage = (await process_of(work.db, deal)).stage(deal.stage).code
    playbook = await work.find(STAGE_PLAYBOOKS, playbook_id(deal.template, stage))
    if playbook is None:
        raise ValidationFailed(unknown("/stage", "标准作业", "playbook of this stage"))
    progress = await work.find(PLAYBOOK_PROGRESS, deal.id)
    if progress is None:
        progress = work.add(PLAYBOOK_PROGRESS, begin_progress(deal))
    by = acting_staff(work) or work.actor
    if is_done:
        progress.tick(playbook, step, by=by, at=work.now)
    else:
        progress.untick(playbook, step, by=by)
    return progress


async def _stage(work: Work, template: str, code: str) -> Stage:
    process = await newest(work.db, template)
    if process is None:
        raise ValidationFailed(unknown("/template", "流程模板", "process template"))
    stage = process.stage_called(code)
    if stage is None:
        raise ValidationFailed(unknown("/stage", "阶段", "stage"))
    return stage
