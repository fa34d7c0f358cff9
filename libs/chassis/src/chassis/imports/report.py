"""What is told of a job: its document, its failed rows, and the template of a kind."""

import csv
import io
from collections.abc import AsyncIterator

from fastapi import Response

from chassis.imports.jobs import FAILED, Jobs
from chassis.mongo import Document
from chassis.problems import CHINESE, ENGLISH

CSV = "text/csv; charset=utf-8"
REASON = {CHINESE: "失败原因", ENGLISH: "reason"}


def job_view(job: Document) -> Document:
    """A job as it is shown; row numbers in its report count as a spreadsheet does."""
    mapping = job["mapping"]
    shown = {
        name: job.get(name)
        for name in (
            "kind",
            "status",
            "is_dry_run",
            "file_name",
            "total",
            "processed",
            "created",
            "updated",
            "unchanged",
            "skipped",
            "failed",
            "warning_count",
            "created_at",
            "started_at",
            "finished_at",
            "problem",
        )
    }
    return {
        "id": job["_id"],
        **shown,
        "mapping": mapping["name"] or None,
        "is_history": mapping["history"],
        "shift_days": mapping["shift_days"],
        "positions": job.get("positions", []),
    }


async def failed_rows(jobs: Jobs, job: Document, language: str) -> AsyncIterator[bytes]:
    """The rows as they were, each with the reason: mend them and upload the file again."""
    columns = job["layout"]["columns"]
    yield csv_line([*columns, REASON.get(language, REASON[ENGLISH])], mark=True)
    async for remark in jobs.remarks(job["_id"], FAILED):
        cells = (remark["cells"] + [""] * len(columns))[: len(columns)]
        yield csv_line([*cells, f"{remark['row']}: {remark['message']}"])


def csv_line(cells: list[str], *, mark: bool = False) -> bytes:
    """One line; `mark` begins a file so that Excel knows it for UTF-8."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8-sig" if mark else "utf-8")


def download(content: bytes, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=CSV, headers=disposition)
