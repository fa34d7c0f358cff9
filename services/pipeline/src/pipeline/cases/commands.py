"""What can be done with cases."""

from dataclasses import fields
from typing import Any

from chassis import organisation
from chassis.ids import new_id
from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work

from pipeline.access import acting_staff, reach
from pipeline.cases.model import Case, Story, record_case
from pipeline.cases.store import CASES
from pipeline.copies import unknown
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.templates.store import newest

WRITE = "cases:write"


async def record_new_case(work: Work, story: Story) -> Case:
    """A case of the caller's own; the deal it came from, if named, is one the caller may see."""
    await work.scope(WRITE)
    await _require_known(work, story)
    stamp = await organisation.stamp(work, acting_staff(work))
    case = record_case(
        story,
        identifier=new_id(),
        owner_id=acting_staff(work),
        team_id=stamp.team_id,
        region=stamp.region,
    )
    return work.add(CASES, case)


async def change_case(work: Work, identifier: str, changes: dict[str, Any]) -> Case:
    case = await reach(work, CASES, identifier, WRITE)
    kept = {each.name: getattr(case.story, each.name) for each in fields(Story)}
    story = Story(**(kept | changes))
    await _require_known(work, story)
    case.change(story)
    return case


async def withdraw_case(work: Work, identifier: str, reason: str) -> Case:
    case = await reach(work, CASES, identifier, WRITE)
    case.withdraw(reason)
    return case


async def _require_known(work: Work, story: Story) -> None:
    if story.opportunity_id is not None:
        await reach(work, OPPORTUNITIES, story.opportunity_id, "opportunities:read")
    process = await newest(work.db, story.template)
    if process is None:
        raise ValidationFailed(unknown("/template", "流程模板", "process template"))
    errors: list[FieldError] = [
        unknown(f"/stages/{place}", "阶段", "stage")
        for place, code in enumerate(story.stages)
        if process.stage_called(code) is None
    ]
    if errors:
        raise ValidationFailed(errors)
