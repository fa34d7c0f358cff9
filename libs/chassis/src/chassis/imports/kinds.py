"""What a service says about one kind of file that it takes: its fields, and what a row does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from chassis.imports.fields import ImportField
from chassis.mongo import Database
from chassis.problems import Text
from chassis.work import Work

Row = dict[str, Any]
Result = Literal["created", "updated", "unchanged", "skipped"]


@dataclass(frozen=True)
class ImportOutcome:
    """What a row did; `position` is that of the aggregate that it created or changed."""

    result: Result
    position: str | None = None
    warning: str | Text | None = None


@dataclass(kw_only=True)
class ImportContext:
    """What the rows of one job have in common.

    `today` is the local date of the job's creation; `memory` belongs to the kind: what `prepare`
    looked up for the rows of a chunk, for instance. `row_number` counts as a spreadsheet does.
    """

    job_id: str
    external_source: str
    is_history: bool
    today: date
    currency: str
    timezone: str
    memory: dict[str, Any] = field(default_factory=dict)


Handle = Callable[[Work, Row, ImportContext], Awaitable[ImportOutcome]]
Prepare = Callable[[Database, Sequence[Row], ImportContext], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ImportKind:
    """One kind of file.

    `handle` is decided as one unit of work per row, so it must find what an earlier import made
    (an aggregate id derived from `external_id`, by `chassis.ids.stable_id`): rows are repeated
    after a crash. A row has every field of the kind, None where its cell is empty. `prepare` runs
    before the rows of a chunk, for what would else be a query per row. Rows of a chunk run at the
    same time, `in_flight` of them; a kind whose rows build on earlier ones says 1.
    """

    name: str
    zh: str
    en: str
    fields: Sequence[ImportField]
    handle: Handle
    prepare: Prepare | None = None
    in_flight: int = 256

    def field_named(self, name: str) -> ImportField | None:
        return next((known for known in self.fields if known.name == name), None)
