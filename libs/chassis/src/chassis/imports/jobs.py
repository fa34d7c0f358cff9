"""Import jobs as they are kept: the job, its report, its file, and the saved mappings.

The job's document counts only what is certain (whole chunks), so that a crash repeats rows and
never miscounts them by more than a chunk; its report is one document per row worth a word.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
from gridfs import AsyncGridFSBucket, NoFile
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne
from pymongo.errors import DuplicateKeyError

from chassis.ids import new_id
from chassis.imports.files import Layout
from chassis.imports.mappings import Mapping
from chassis.mongo import Collection, Database, Document
from chassis.work import Work

JOBS, REPORTS, MAPPINGS, FILES = "import_jobs", "import_reports", "import_mappings", "import_files"
INDEXES = {
    JOBS: [
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
        IndexModel([("status", ASCENDING), ("created_at", ASCENDING)], name="waiting"),
    ],
    REPORTS: [IndexModel([("job", ASCENDING), ("kind", ASCENDING), ("row", ASCENDING)], name="of")],
    MAPPINGS: [],
}
MOST_POSITIONS = 500
SHOWN_WARNINGS = 2_000
COUNTED = ("created", "updated", "unchanged", "skipped", "failed")
WARNING, FAILED = "warning", "failed"
_CHUNK = 1 << 20


class Remark(msgspec.Struct, frozen=True):
    """A word about a row: a warning, or why it failed (then with its cells)."""

    kind: str
    row: int
    message: str
    code: str = ""
    cells: list[str] = []


class Tally(msgspec.Struct):
    """What the rows of one chunk did."""

    counts: dict[str, int] = {}
    positions: list[str] = []
    remarks: list[Remark] = []

    def count(self, result: str) -> None:
        self.counts[result] = self.counts.get(result, 0) + 1


class Jobs:
    """The collections of one service's import jobs."""

    def __init__(self, db: Database) -> None:
        self._jobs: Collection = db[JOBS]
        self._reports: Collection = db[REPORTS]
        self._mappings: Collection = db[MAPPINGS]
        self._files = AsyncGridFSBucket(db, bucket_name=FILES)

    # --- jobs

    async def add(self, job: Document) -> Document:
        """Store a new job; the one that is there, if its id is known already."""
        try:
            await self._jobs.insert_one(job)
        except DuplicateKeyError:
            return await self._jobs.find_one({"_id": job["_id"]}) or job
        return job

    async def find(self, job_id: str) -> Document | None:
        return await self._jobs.find_one({"_id": job_id})

    async def waiting(self) -> AsyncIterator[Document]:
        """Jobs that are not finished, oldest first."""
        cursor = self._jobs.find({"status": {"$in": ["queued", "running"]}})
        async for job in cursor.sort("created_at", ASCENDING):
            yield job

    async def start(self, job_id: str, at: datetime) -> None:
        await self._jobs.update_one(
            {"_id": job_id, "status": "queued"}, {"$set": {"status": "running", "started_at": at}}
        )

    async def progress(self, job_id: str, *, from_row: int, to_row: int, tally: Tally) -> None:
        """Note a chunk's rows, once: a chunk noted by somebody else meanwhile is not added again.

        The report is written before, under ids of its own, so that repeating it changes nothing.
        """
        if tally.remarks:
            await self._reports.bulk_write(
                [_report(job_id, remark) for remark in tally.remarks], ordered=False
            )
        rows = sum(tally.counts.values())
        warnings = sum(remark.kind == WARNING for remark in tally.remarks)
        await self._jobs.update_one(
            {"_id": job_id, "next_row": from_row},
            {
                "$set": {"next_row": to_row},
                "$inc": {"processed": rows, "warning_count": warnings, **tally.counts},
                "$push": {"positions": {"$each": tally.positions, "$slice": -MOST_POSITIONS}},
            },
        )

    async def finish(self, job_id: str, at: datetime, *, problem: Document | None = None) -> None:
        await self._jobs.update_one(
            {"_id": job_id},
            {
                "$set": {
                    "status": "failed" if problem else "done",
                    "finished_at": at,
                    "problem": problem,
                }
            },
        )

    # --- reports

    async def remarks(self, job_id: str, kind: str, limit: int = 0) -> AsyncIterator[Document]:
        async for remark in (
            self._reports.find({"job": job_id, "kind": kind}).sort("row", ASCENDING).limit(limit)
        ):
            yield remark

    # --- files

    async def keep_file(self, path: Path) -> str:
        """Put an uploaded file where every worker can read it; its id."""
        file_id = new_id()
        async with self._files.open_upload_stream_with_id(file_id, file_id) as kept:
            with path.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK):
                    await kept.write(chunk)
        return file_id

    async def fetch_file(self, file_id: str, path: Path) -> None:
        with path.open("wb") as file:
            async with await self._files.open_download_stream(file_id) as kept:
                while chunk := await kept.read(_CHUNK):
                    await asyncio.to_thread(file.write, chunk)

    async def drop_file(self, file_id: str) -> None:
        with suppress(NoFile):
            await self._files.delete(file_id)

    async def drop_orphans(self, before: datetime) -> None:
        """Files whose upload was cut off before its job was stored."""
        wanted = {job["file"] async for job in self.waiting()}
        async for file in self._files.find({"uploadDate": {"$lt": before}}):
            if file._id not in wanted:
                await self.drop_file(file._id)

    # --- mappings

    async def mapping(self, kind: str, name: str) -> Mapping | None:
        found = await self._mappings.find_one({"_id": f"{kind}:{name}"})
        return None if found is None else msgspec.convert(found["mapping"], Mapping)

    async def mappings(self, kind: str | None) -> list[Mapping]:
        wanted = {} if kind is None else {"mapping.kind": kind}
        found = self._mappings.find(wanted).sort("_id", ASCENDING).limit(200)
        return [msgspec.convert(document["mapping"], Mapping) async for document in found]


async def saved(work: Work, mapping: Mapping) -> Mapping:
    """Store a mapping under its name; a shift of dates once settled there stays settled."""
    before = await _alone_with(work, mapping)
    if before is not None and before.shift_days is not None:
        mapping = msgspec.structs.replace(mapping, shift_days=before.shift_days)
    work.put(MAPPINGS, {"_id": _identity(mapping), "mapping": msgspec.to_builtins(mapping)})
    return mapping


async def with_settled_shift(work: Work, mapping: Mapping, days: int) -> Mapping:
    """The mapping with the shift of its first import; whoever comes second gets the first one's."""
    before = await _alone_with(work, mapping)
    if before is None:
        return msgspec.structs.replace(mapping, shift_days=days)
    if before.shift_days is None:
        before = msgspec.structs.replace(before, shift_days=days)
        work.put(MAPPINGS, {"_id": _identity(before), "mapping": msgspec.to_builtins(before)})
    return msgspec.structs.replace(mapping, shift_days=before.shift_days)


async def _alone_with(work: Work, mapping: Mapping) -> Mapping | None:
    """What is stored under the mapping's name; nobody else changes it before this unit ends."""
    await work.guard(f"import-mapping:{_identity(mapping)}")
    found = await work.document(MAPPINGS, _identity(mapping))
    return None if found is None else msgspec.convert(found["mapping"], Mapping)


def _identity(mapping: Mapping) -> str:
    return f"{mapping.kind}:{mapping.name}"


def new_job(
    *,
    job_id: str,
    kind: str,
    mapping: Mapping,
    layout: Layout,
    file_id: str,
    file_name: str,
    asked: str,
    is_dry_run: bool,
    by: Document,
    language: str,
    at: datetime,
) -> Document:
    return {
        "_id": job_id,
        "kind": kind,
        "mapping": msgspec.to_builtins(mapping),
        "layout": msgspec.to_builtins(layout),
        "file": file_id,
        "file_name": file_name,
        "asked": asked,
        "is_dry_run": is_dry_run,
        "by": by,
        "owner_id": by["staff_id"],
        "language": language,
        "status": "queued",
        "total": layout.total,
        "next_row": 0,
        "processed": 0,
        "warning_count": 0,
        **dict.fromkeys(COUNTED, 0),
        "positions": [],
        "created_at": at,
        "started_at": None,
        "finished_at": None,
        "problem": None,
    }


def _report(job_id: str, remark: Remark) -> ReplaceOne[Document]:
    identifier = f"{job_id}:{remark.kind}:{remark.row}"
    document = msgspec.to_builtins(remark) | {"_id": identifier, "job": job_id}
    return ReplaceOne({"_id": identifier}, document, upsert=True)
