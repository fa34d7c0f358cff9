"""The door for files: `/files`, the same in every service."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from chassis.door import POSITION_HEADER, Commanding, Door, Reader, Reading
from chassis.files.content import checked, claimed
from chassis.files.model import File, attach
from chassis.files.records import Records, missing, named, writable
from chassis.files.store import FILES, Contents
from chassis.files.uploads import Arrived, arrived
from chassis.ids import stable_id
from chassis.pages import DEFAULT_LIMIT, page
from chassis.problems import IdempotencyMismatch, Refused
from chassis.work import Work

RECORD = r"^[a-z_]{1,40}:[A-Za-z0-9_-]{1,64}$"
Record = Annotated[str, Query(pattern=RECORD, description="`<type>:<id>`, as `quote:…`")]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def router(records: Records) -> APIRouter:
    """`records`: the kinds of record of this service that may have files."""
    routes = APIRouter(tags=["files"])

    @routes.post("/files", status_code=201, openapi_extra=BODY)
    async def attach_file(door: Door, record: Record) -> Response:
        """The body is the file (its `name` in the query), or a form with one `file`."""
        key = door.idempotency_key()
        # Whoever may not attach anything there need not send it first.
        await door.core.commits.run(
            lambda work: writable(work, records, record), caller=door.caller
        )
        settings = door.core.settings
        async with arrived(door.request, largest=settings.file_mebibytes << 20) as upload:
            extension = claimed(upload.name, settings.file_types)
            media_type = await asyncio.to_thread(checked, upload.path, extension, upload.announced)
            return await _attached(door, records, record, upload, media_type, key)

    @routes.get("/files")
    async def list_files(
        reader: Reader,
        record: Record,
        limit: Annotated[int, Query(ge=1, le=200)] = DEFAULT_LIMIT,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Response:
        """The files of a record, the newest first, those withdrawn too."""
        kind, identifier = named(records, record)
        await reader.load(kind.stored, identifier, kind.read)
        found = await page(
            reader.db[FILES.collection],
            {"attached_to": record},
            sort="created_at",
            limit=limit,
            cursor=cursor,
            decode=FILES.aggregate,
        )
        return reader.page([file_view(one) for one in found.items], found.next_cursor)

    @routes.get("/files/{file_id}", response_class=StreamingResponse)
    async def download(reader: Reader, file_id: str) -> Response:
        file = await _readable(reader, records, file_id)
        etag = f'"{file.sha256}"'
        if etag in (reader.request.headers.get("if-none-match") or ""):
            return Response(status_code=304, headers={"ETag": etag})
        return StreamingResponse(
            Contents(reader.db).read(file.content_id),
            media_type=file.media_type,
            headers={
                "ETag": etag,
                "Content-Length": str(file.size),
                "Content-Disposition": disposition(file.name),
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, no-cache",
            },
        )

    @routes.delete("/files/{file_id}")
    async def withdraw_file(
        door: Door,
        file_id: str,
        reason: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> Response:
        """It is kept, and shown no more."""

        async def withdraw(work: Work) -> File:
            file = await work.find(FILES, file_id)
            if file is None:
                raise missing(file_id)
            await writable(work, records, file.attached_to)
            file.withdraw(door.caller.staff_id or door.caller.actor, reason, at=work.now)
            return file

        return await door.run(withdraw, shown=file_view)

    return routes


def file_view(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "version": file.version,
        "record": file.attached_to,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "attached_by": file.attached_by,
        "withdrawn_at": file.withdrawn_at,
        "withdrawn_by": file.withdrawn_by,
        "withdrawn_reason": file.withdrawn_reason,
        "created_at": file.created_at,
        "path": f"/api/v1/files/{file.id}",
    }


def disposition(name: str) -> str:
    """To be saved, never shown in place; the name in ASCII, and as it is (RFC 6266)."""
    plain = "".join(one if one.isascii() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _attached(
    door: Commanding, records: Records, record: str, upload: Arrived, media_type: str, key: str
) -> Response:
    """Store the bytes, then that they are there; the same file for the same key."""
    identifier = f"{door.core.name}-{stable_id('file', door.caller.sub, record, key)}"
    contents = Contents(door.db)
    content_id = await contents.keep(upload.path)
    by = door.caller.staff_id or door.caller.actor

    async def decide(work: Work) -> File:
        to = await writable(work, records, record)
        known = await work.find(FILES, identifier)
        if known is not None:
            return known
        return work.add(
            FILES,
            attach(
                to,
                identifier=identifier,
                name=upload.name,
                media_type=media_type,
                size=upload.size,
                sha256=upload.sha256,
                attached_by=by,
                content_id=content_id,
            ),
        )

    try:
        file = await door.core.commits.run(
            decide, caller=door.caller, correlation=str(door.request.state.request_id)
        )
    except Refused:
        await contents.drop(content_id)
        raise
    if file.content_id != content_id:
        await contents.drop(content_id)
    if file.sha256 != upload.sha256:
        raise IdempotencyMismatch
    return Response(
        msgspec.json.encode(file_view(file)),
        status_code=201,
        media_type="application/json",
        headers={
            "Location": f"/api/v1/files/{file.id}",
            "ETag": f'"{file.version}"',
            POSITION_HEADER: file.position,
        },
    )


async def _readable(reader: Reading, records: Records, file_id: str) -> File:
    """The file, if the caller may read its record and it was not withdrawn."""
    file = await reader.find(FILES, file_id)
    if file is None:
        raise missing(file_id)
    kind, identifier = named(records, file.attached_to)
    try:
        await reader.load(kind.stored, identifier, kind.read)
    except Refused:
        raise missing(file_id) from None
    file.require_shown()
    return file
