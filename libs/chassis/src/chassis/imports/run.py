"""One job being carried out by one process: chunk after chunk of its file.

Rows of a chunk run at the same time, each as a unit of work of its own, so that they commit in
groups. A refused row is reported and the others go on; when MongoDB is in trouble a row waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from chassis.clock import local_date
from chassis.commits import Commits
from chassis.imports import files, mappings
from chassis.imports.files import Layout
from chassis.imports.jobs import FAILED, WARNING, Jobs, Remark, Tally
from chassis.imports.kinds import ImportContext, ImportKind, ImportOutcome, Row
from chassis.imports.mappings import Mapping, RowRefused
from chassis.mongo import Document, is_transient
from chassis.problems import (
    CHINESE,
    ENGLISH,
    Conflict,
    FieldError,
    Refused,
    Unavailable,
    in_language,
)
from chassis.settings import ServiceSettings
from chassis.work import Work

_log = structlog.get_logger()

CHUNK = 1_000
MOST_CONFLICTS = 20
LONGEST_PAUSE = 30.0
OUR_FAULT = {CHINESE: "系统内部错误，已记录", ENGLISH: "a fault of ours, which was logged"}
Read = tuple[int, list[str], Row]
T = TypeVar("T")


class Interrupted(Exception):
    """The process is stopping, or somebody else has the job now."""


class Run:
    """A job, its open file, and where it stands in it."""

    def __init__(
        self,
        kind: ImportKind,
        job: Document,
        path: Path,
        commits: Commits,
        settings: ServiceSettings,
        is_interrupted: Callable[[], bool],
    ) -> None:
        self._kind = kind
        self._job = job
        self._commits = commits
        self._jobs = Jobs(commits.db)
        self._is_interrupted = is_interrupted
        self._language: str = job["language"]
        layout = msgspec.convert(job["layout"], Layout)
        mapping = msgspec.convert(job["mapping"], Mapping)
        self._read = mappings.reader(kind, mapping, layout.columns)
        self._next_row: int = job["next_row"]
        self._rows = islice(files.rows(path, layout), self._next_row, None)
        self._context = ImportContext(
            job_id=job["_id"],
            external_source=mapping.external_source or kind.name,
            is_history=mapping.history,
            today=local_date(job["created_at"], settings.timezone),
            currency=settings.currency,
            timezone=settings.timezone,
        )

    async def next_chunk(self) -> bool:
        """Carry out the next rows and note them; False when there are none.

        Raises:
            Interrupted: what was done of the chunk is not noted; it is found again and then
                counted as unchanged.
        """
        tally = Tally()
        taken, read = await asyncio.to_thread(self._chunk, tally)
        if not taken:
            return False
        await self._prepared([row for _, _, row in read])
        waiting = iter(read)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._kind.in_flight, len(read))):
                group.create_task(self._carry_out(waiting, tally))
        if self._is_interrupted():
            raise Interrupted
        tally.remarks.sort(key=lambda remark: remark.row)
        await self._insistently(
            lambda: self._jobs.progress(
                self._job["_id"],
                from_row=self._next_row,
                to_row=self._next_row + taken,
                tally=tally,
            )
        )
        self._next_row += taken
        return True

    def _chunk(self, tally: Tally) -> tuple[int, list[Read]]:
        """How many rows were taken from the file, and those of them that could be read."""
        taken, good = 0, []
        for number, cells in islice(self._rows, CHUNK):
            taken += 1
            try:
                good.append((number, cells, self._read(cells)))
            except RowRefused as refused:
                self._failed(tally, number, cells, refused.errors)
        return taken, good

    async def _prepared(self, rows: list[Row]) -> None:
        prepare = self._kind.prepare
        if prepare is not None and rows:
            await self._insistently(lambda: prepare(self._commits.db, rows, self._context))

    async def _carry_out(self, waiting: Iterator[Read], tally: Tally) -> None:
        """Row after row of those that nobody took yet."""
        for number, cells, row in waiting:
            if self._is_interrupted():
                return
            try:
                outcome = await self._decided(row)
            except Interrupted:
                return
            except Refused as refused:
                errors = refused.errors or [
                    FieldError("", refused.slug, refused.detail or refused.titles)
                ]
                self._failed(tally, number, cells, errors)
            except Exception:
                _log.exception("imports.row_failed", job=self._job["_id"], row=number)
                self._failed(tally, number, cells, [FieldError("", "our-fault", OUR_FAULT)])
            else:
                self._done(tally, number, outcome)

    async def _decided(self, row: Row) -> ImportOutcome:
        """What the row did; decided again while neighbours in flight change what it changes."""
        for _ in range(MOST_CONFLICTS):
            try:
                return await self._insistently(lambda: self._one(row))
            except Conflict:
                continue
        raise Conflict

    async def _one(self, row: Row) -> ImportOutcome:
        """The row as a unit of work; in a rehearsal it is decided and thrown away."""

        async def decide(work: Work) -> ImportOutcome:
            outcome = await self._kind.handle(work, row, self._context)
            if self._job["is_dry_run"]:
                raise _Rehearsed(outcome)
            return outcome

        try:
            return await self._commits.run(decide, actor=self._job["by"]["actor"])
        except _Rehearsed as rehearsed:
            return rehearsed.outcome

    async def _insistently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until MongoDB answers.

        Raises:
            Interrupted: it did not, until now.
        """
        pause = 0.1
        while not self._is_interrupted():
            try:
                return await attempt()
            except Unavailable:
                pass
            except Exception as error:
                if not is_transient(error):
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise Interrupted

    def _done(self, tally: Tally, number: int, outcome: ImportOutcome) -> None:
        tally.count(outcome.result)
        if outcome.position is not None and outcome.result in ("created", "updated"):
            tally.positions.append(outcome.position)
        if outcome.warning is not None:
            message = in_language(outcome.warning, self._language)
            tally.remarks.append(Remark(WARNING, number, message))

    def _failed(
        self, tally: Tally, number: int, cells: list[str], errors: list[FieldError]
    ) -> None:
        tally.count(FAILED)
        words = "; ".join(_words(error, self._language) for error in errors)
        tally.remarks.append(Remark(FAILED, number, words[:2000], errors[0].code, cells))


class _Rehearsed(Exception):
    """Carries a dry run's outcome past the commit."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


def _words(error: FieldError, language: str) -> str:
    message = in_language(error.message, language)
    name = error.pointer.lstrip("/")
    return f"{name}: {message}" if name else message
