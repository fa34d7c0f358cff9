"""What can be done with tasks. Those of a review are made once, however often it is told."""

from datetime import date

from chassis import organisation
from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from field.tasks.model import Source, Task, create_task
from field.tasks.store import TASKS


async def create_new_task(
    work: Work, *, owner_id: str | None, content: str, due_on: date, source: Source
) -> Task:
    """By hand: for oneself, or for somebody within one's reach."""
    scope = await work.scope("tasks:write")
    by = (work.caller.staff_id if work.caller else None) or ""
    stamp = await organisation.stamp(work, owner_id or by)
    if not stamp.exists or not scope.allows({"owner_id": stamp.staff_id, "team_id": stamp.team_id}):
        raise ValidationFailed(
            FieldError(
                "/owner_id",
                "unknown",
                {CHINESE: "没有这个负责人", ENGLISH: "no such member of staff in reach"},
            )
        )
    task = create_task(
        identifier=new_id(),
        owner_id=stamp.staff_id,
        team_id=stamp.team_id,
        region=stamp.region,
        content=content,
        due_on=due_on,
        source=source,
        created_by=by or work.actor,
    )
    return work.add(TASKS, task)


async def create_task_of_review(
    work: Work, place: str, *, owner_id: str, content: str, due_on: date, source: Source, by: str
) -> Task:
    """A line of a review's minutes; `place` tells it from the review's other lines."""
    identifier = stable_id("task", source.kind, source.id or "", place)
    known = await work.find(TASKS, identifier)
    if known is not None:
        return known
    stamp = await organisation.stamp(work, owner_id)
    task = create_task(
        identifier=identifier,
        owner_id=owner_id,
        team_id=stamp.team_id,
        region=stamp.region,
        content=content,
        due_on=due_on,
        source=source,
        created_by=by,
    )
    return work.add(TASKS, task)


async def finish_task(work: Work, task_id: str, result: str) -> Task:
    task = await _writable(work, task_id)
    task.finish(result, now=work.now, today=work.today)
    return task


async def cancel_task(work: Work, task_id: str, reason: str) -> Task:
    task = await _writable(work, task_id)
    task.cancel(reason)
    return task


async def _writable(work: Work, task_id: str) -> Task:
    may_write = await work.scope("tasks:write")
    task = await work.load(TASKS, task_id)
    may_write.require(task, seen=await work.scope("tasks:read"))
    return task
