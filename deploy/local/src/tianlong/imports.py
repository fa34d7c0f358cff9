"""One file into the system: handed to the gateway's imports, then watched until it is through."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tianlong.client import Gateway
from tianlong.errors import Refused

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """What an import came to."""

    id: str
    status: str
    total: int = 0
    processed: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    warnings: list[Any] = field(default_factory=list)
    positions: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, answer: dict[str, Any]) -> "Job":
        known = {name: answer[name] for name in cls.__dataclass_fields__ if answer.get(name)}
        return cls(**{"id": "", "status": "queued", **known})

    @property
    def is_over(self) -> bool:
        return self.status in {"done", "failed"}

    def sentence(self, what: str) -> str:
        counts = {
            "new": self.created,
            "changed": self.updated,
            "as they were": self.unchanged,
            "skipped": self.skipped,
            "failed": self.failed,
        }
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        return f"{what}: {told or 'nothing in it'}"


async def run_import(
    gateway: Gateway,
    kind: str,
    filename: str,
    content: bytes,
    *,
    mapping: str | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Job:
    """Import one file and return when it is through. Raises Refused when the job fails."""
    fields = {"kind": kind}
    if mapping:
        fields["mapping"] = mapping
    if dry_run:
        fields["dry_run"] = "true"
    answer = await gateway.upload("/imports", fields, filename, content)
    job = Job.read(answer)
    while not job.is_over:
        await asyncio.sleep(0.1)
        answer = await gateway.get(f"/imports/{job.id}")
        job = Job.read(answer)
        progress(job.processed, job.total)
    if job.status == "failed":
        raise Refused(f"The import of {filename} failed: {answer.get('problem') or answer}")
    return job


async def import_path(
    gateway: Gateway,
    kind: str,
    path: Path,
    *,
    mapping: str | None,
    dry_run: bool,
    progress: Progress,
) -> Job:
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as problem:
        raise Refused(f"{path} cannot be read ({problem.strerror}).") from problem
    return await run_import(
        gateway, kind, path.name, content, mapping=mapping, dry_run=dry_run, progress=progress
    )
