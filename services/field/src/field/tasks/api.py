"""The HTTP door of tasks 任务."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field

from field.tasks import commands
from field.tasks.model import Source, Task
from field.tasks.store import TASKS
from field.teams.api import Id

router = APIRouter(tags=["tasks"])
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]


class TaskIn(RequestModel):
    """One's own unless another owner is named."""

    content: Text
    due_on: Day
    owner_id: Id | None = None
    opportunity_id: Id | None = None
    customer_id: Id | None = None


class DoneIn(RequestModel):
    result: Text


class CancelIn(RequestModel):
    reason: str = Field(min_length=1, max_length=1000)


def task_view(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "version": task.version,
        "owner_id": task.owner_id,
        "team_id": task.team_id,
        "content": task.content,
        "due_on": task.due_on,
        "source": msgspec.to_builtins(task.source),
        "created_by": task.created_by,
        "status": task.status,
        "result": task.result,
        "done_at": task.done_at,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
    }


@router.get("/tasks")
async def list_tasks(
    reader: Reader,
    owner_id: Id | None = None,
    status: Literal["open", "done", "cancelled"] | None = None,
    opportunity_id: Id | None = None,
    due_before: date | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    """Those due first come first."""
    scope = await reader.scope("tasks:read")
    asked: dict[str, Any] = {
        "owner_id": owner_id,
        "status": status,
        "source.opportunity_id": opportunity_id,
        "due_on": None if due_before is None else {"$lt": due_before.isoformat()},
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[TASKS.collection],
        {"$and": [scope.filter(), wanted]},
        sort="due_on",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=TASKS.aggregate,
    )
    return reader.page([task_view(task) for task in found.items], found.next_cursor)


@router.post("/tasks", status_code=201)
async def create_task(body: TaskIn, door: Door) -> Response:
    source = Source(opportunity_id=body.opportunity_id, customer_id=body.customer_id)
    return await door.run(
        lambda work: commands.create_new_task(
            work, owner_id=body.owner_id, content=body.content, due_on=body.due_on, source=source
        ),
        shown=task_view,
        created="/tasks",
    )


@router.get("/tasks/{task_id}")
async def read_task(task_id: Id, reader: Reader) -> Response:
    task = await reader.load(TASKS, task_id, "tasks:read")
    return reader.show(task_view(task), version=task.version)


@router.post("/tasks/{task_id}/done")
async def finish_task(task_id: Id, body: DoneIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.finish_task(work, task_id, body.result), shown=task_view
    )


@router.post("/tasks/{task_id}/cancel")
async def cancel_task(task_id: Id, body: CancelIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.cancel_task(work, task_id, body.reason), shown=task_view
    )
