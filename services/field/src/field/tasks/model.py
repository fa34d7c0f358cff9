"""A task 任务: an owner, a due date, and in the end a result."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text

OPEN, DONE, CANCELLED = "open", "done", "cancelled"
BY_HAND, FUNNEL_REVIEW = "hand", "funnel_review"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a task comes from: `kind` and id of what made it, and the deal it is about."""

    kind: str = BY_HAND
    id: str | None = None
    opportunity_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskCreated(Fact):
    content: str
    due_on: date
    source: Source
    created_by: str


@dataclass(frozen=True, kw_only=True)
class TaskDone(Fact):
    result: str
    done_at: datetime
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class TaskCancelled(Fact):
    reason: str


class TaskSettled(Refused):
    slug = "task-settled"
    titles: ClassVar[Text] = {
        CHINESE: "任务已完成或已取消",
        ENGLISH: "The task is done or cancelled",
    }


@dataclass(kw_only=True)
class Task(Aggregate):
    """`due_on` is a local day; done on it is in time."""

    TYPE: ClassVar[str] = "task"

    content: str
    due_on: date
    source: Source
    created_by: str
    status: str = OPEN
    result: str | None = None
    done_at: datetime | None = None

    @property
    def task_id(self) -> str:
        return self.id

    def finish(self, result: str, *, now: datetime, today: date) -> None:
        self._require_open()
        self.status, self.result, self.done_at = DONE, result, now
        self.record(TaskDone(result=result, done_at=now, is_late=today > self.due_on))

    def cancel(self, reason: str) -> None:
        self._require_open()
        self.status = CANCELLED
        self.record(TaskCancelled(reason=reason))

    def _require_open(self) -> None:
        if self.status != OPEN:
            raise TaskSettled


def create_task(
    *,
    identifier: str,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    content: str,
    due_on: date,
    source: Source,
    created_by: str,
) -> Task:
    task = Task(
        id=identifier,
        key=identifier,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        content=content,
        due_on=due_on,
        source=source,
        created_by=created_by,
    )
    task.record(TaskCreated(content=content, due_on=due_on, source=source, created_by=created_by))
    return task
