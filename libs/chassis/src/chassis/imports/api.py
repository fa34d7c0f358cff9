"""The door for files: `/imports` and `/import-mappings`, the same in every service."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader, Reading
from chassis.edge import language_of
from chassis.http import RequestModel
from chassis.ids import stable_id
from chassis.imports.jobs import (
    JOBS,
    SHOWN_WARNINGS,
    WARNING,
    Jobs,
    new_job,
    saved,
    with_settled_shift,
)
from chassis.imports.kinds import ImportKind
from chassis.imports.mappings import Mapping, refuse_unknown
from chassis.imports.report import CSV, csv_line, download, failed_rows, job_view
from chassis.imports.uploads import Seen, Upload, looked_through, received
from chassis.imports.worker import wake_of
from chassis.mongo import Document
from chassis.pages import DEFAULT_LIMIT, page
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    IdempotencyMismatch,
    NotFound,
    ValidationFailed,
)
from chassis.scopes import Scope
from chassis.work import Work

RUN, HISTORY = "imports:run", "imports:history"

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV (UTF-8, UTF-16 or GB18030) or Excel workbook",
                        },
                        "kind": {"type": "string"},
                        "mapping": {"type": "string", "description": "name of a saved mapping"},
                        "dry_run": {"type": "boolean", "default": False},
                    },
                }
            }
        },
    }
}


class MappingIn(RequestModel):
    """A mapping as it is saved. `shift_dates_to` moves all dates by the whole number of days that
    puts the latest one of the first file there; `shift_days` says the number itself."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    kind: str = Field(max_length=40)
    columns: dict[str, str] = Field(default={}, max_length=200)
    constants: dict[str, str] = Field(default={}, max_length=200)
    values: dict[str, dict[str, str]] = Field(default={}, max_length=200)
    history: bool = False
    shift_dates_to: Literal["yesterday"] | None = None
    shift_days: int | None = Field(None, ge=-36_500, le=36_500)
    external_source: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,64}$")


def router(kinds: Sequence[ImportKind]) -> APIRouter:
    """Routes for the kinds of file that a service takes."""
    known = {kind.name: kind for kind in kinds}
    routes = APIRouter(tags=["imports"])

    @routes.post("/imports", status_code=201, openapi_extra=FORM)
    async def upload(door: Door, kind: str = "") -> Response:
        key = door.idempotency_key()
        await door.scope(RUN)
        async with received(door.request) as upload:
            return await _taken(
                door, _kind(known, kind or upload.form.get("kind", "")), upload, key
            )

    @routes.get("/imports")
    async def list_jobs(
        reader: Reader,
        kind: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        scope = await reader.scope(RUN)
        matching = _mine(reader, scope) | ({"kind": kind} if kind else {})
        found = await page(
            reader.db[JOBS],
            matching,
            sort="created_at",
            limit=limit,
            cursor=cursor,
            decode=job_view,
            projection={"positions": 0, "layout": 0},
        )
        return reader.page(found.items, found.next_cursor)

    @routes.get("/imports/template")
    async def template(reader: Reader, kind: str) -> Response:
        fields = _kind(known, kind).fields
        language = language_of(reader.request.headers.get("accept-language"), CHINESE)
        headings = [field.zh if language == CHINESE else field.en for field in fields]
        return download(csv_line(headings, mark=True), f"{kind}.csv")

    @routes.get("/imports/{job_id}")
    async def read_job(reader: Reader, job_id: str) -> Response:
        job = await _job(reader, job_id)
        warnings = [
            {"row": remark["row"], "message": remark["message"]}
            async for remark in Jobs(reader.db).remarks(job_id, WARNING, SHOWN_WARNINGS)
        ]
        return reader.show(job_view(job) | {"warnings": warnings})

    @routes.get("/imports/{job_id}/errors")
    async def errors(reader: Reader, job_id: str) -> Response:
        job = await _job(reader, job_id)
        return StreamingResponse(
            failed_rows(Jobs(reader.db), job, reader.caller.language),
            media_type=CSV,
            headers={"Content-Disposition": f'attachment; filename="{job_id}.csv"'},
        )

    @routes.post("/import-mappings", status_code=201)
    async def save_mapping(body: MappingIn, door: Door) -> Response:
        await door.scope(HISTORY if body.history else RUN)
        mapping = Mapping(**body.model_dump())
        refuse_unknown(_kind(known, body.kind), mapping)

        async def save(work: Work) -> Mapping:
            return await saved(work, mapping)

        return await door.run(save, shown=_as_it_is, created="/import-mappings")

    @routes.get("/import-mappings")
    async def list_mappings(reader: Reader, kind: str | None = None) -> Response:
        await reader.scope(RUN)
        return reader.page(await Jobs(reader.db).mappings(kind), None)

    return routes


async def _taken(door: Commanding, kind: ImportKind, upload: Upload, key: str) -> Response:
    """Look through the file, store it and its job; the same job for the same key."""
    jobs = Jobs(door.db)
    job_id = f"{door.core.name}-{stable_id('import', door.caller.sub, key)}"
    is_dry_run = upload.form.get("dry_run", "").lower() in {"1", "true", "yes", "on"}
    name = upload.form.get("mapping", "")
    asked = stable_id(upload.file_hash, kind.name, name, str(is_dry_run))
    existing = await jobs.find(job_id)
    if existing is None:
        mapping = await _named_mapping(jobs, kind, name)
        seen = await asyncio.to_thread(looked_through, kind, mapping, upload.path)
        if seen.mapping.history:
            await door.scope(HISTORY)
        existing = await jobs.add(
            new_job(
                job_id=job_id,
                kind=kind.name,
                mapping=await _with_shift(door, seen, is_dry_run=is_dry_run),
                layout=seen.layout,
                file_id=await jobs.keep_file(upload.path),
                file_name=upload.file_name,
                asked=asked,
                is_dry_run=is_dry_run,
                by={
                    "sub": door.caller.sub,
                    "staff_id": door.caller.staff_id,
                    "actor": door.caller.actor,
                },
                language=door.caller.language,
                at=door.now,
            )
        )
        wake_of(door.core).set()
    if existing["asked"] != asked:
        raise IdempotencyMismatch
    return Response(
        msgspec.json.encode(job_view(existing) | {"warnings": []}),
        status_code=201,
        media_type="application/json",
        headers={"Location": f"/api/v1/imports/{job_id}"},
    )


async def _named_mapping(jobs: Jobs, kind: ImportKind, name: str) -> Mapping | None:
    if not name:
        return None
    mapping = await jobs.mapping(kind.name, name)
    if mapping is None:
        raise ValidationFailed(
            FieldError(
                "/mapping",
                "unknown-mapping",
                {
                    CHINESE: f"没有名为“{name[:64]}”的映射",
                    ENGLISH: f"there is no mapping “{name[:64]}” for {kind.name}",
                },
            )
        )
    return mapping


async def _with_shift(door: Commanding, seen: Seen, *, is_dry_run: bool) -> Mapping:
    """The mapping with its shift of dates settled, if it wants one; a rehearsal keeps none."""
    mapping = seen.mapping
    has_no_dates = seen.latest.year == 1
    if mapping.shift_dates_to is None or mapping.shift_days is not None or has_no_dates:
        return mapping
    yesterday = local_date(door.now, door.core.settings.timezone) - timedelta(days=1)
    days = (yesterday - seen.latest).days
    if is_dry_run:
        return msgspec.structs.replace(mapping, shift_days=days)

    async def settle(work: Work) -> Mapping:
        return await with_settled_shift(work, mapping, days)

    return await door.core.commits.run(settle, caller=door.caller)


async def _job(reader: Reading, job_id: str) -> Document:
    scope = await reader.scope(RUN)
    job = await Jobs(reader.db).find(job_id)
    if job is None or not (job["by"]["sub"] == reader.caller.sub or scope.allows(job)):
        raise NotFound("import", job_id)
    return job


def _mine(reader: Reading, scope: Scope) -> Document:
    if scope.everything:
        return {}
    return {"$or": [{"by.sub": reader.caller.sub}, scope.filter()]}


def _kind(known: dict[str, ImportKind], name: str) -> ImportKind:
    if name in known:
        return known[name]
    listed = ", ".join(known)
    raise ValidationFailed(
        FieldError(
            "/kind",
            "unknown-kind",
            {CHINESE: f"须为 {listed} 之一", ENGLISH: f"must be one of {listed}"},
        )
    )


def _as_it_is(mapping: Mapping) -> Mapping:
    return mapping
