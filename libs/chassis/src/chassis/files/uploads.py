"""A file on its way in: bounded while it streams, put on disk, hashed as it arrives.

Either the body itself, with its `name` in the query, or the one `file` of a multipart form.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from chassis.problems import CHINESE, ENGLISH, FieldError, TooLarge, ValidationFailed

_FORM_BYTES = 64 * 1024
_PIECE = 1 << 20
_LONGEST_NAME = 150


class Arrived(NamedTuple):
    """It lies at `path` while the request lasts; `announced` is the media type it came with."""

    path: Path
    name: str
    announced: str
    size: int
    sha256: str


@asynccontextmanager
async def arrived(request: Request, *, largest: int) -> AsyncIterator[Arrived]:
    """Raises TooLarge, as soon as it is; ValidationFailed: no file, or one without a name."""
    with tempfile.TemporaryDirectory(prefix="tianlong-file-") as folder:
        path = Path(folder) / "content"
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            name, announced, sha256 = await _from_form(request, path, largest)
        else:
            name, announced = request.query_params.get("name", ""), kind
            sha256 = await _written(_bounded(request, largest), path)
        yield Arrived(path, _plain(name), announced, path.stat().st_size, sha256)


async def _from_form(request: Request, path: Path, largest: int) -> tuple[str, str, str]:
    pieces = _bounded(request, largest + _FORM_BYTES)
    parser = MultiPartParser(request.headers, pieces, max_files=1, max_fields=5)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _no_file("broken-form", "表单无效", f"the form is broken: {error.message}") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _no_file("required", "缺少文件", "is required")
        if (file.size or 0) > largest:
            raise _too_large(largest)
        sha256 = await _written(_read(file), path)
        return file.filename or "", file.content_type or "", sha256
    finally:
        await form.close()


async def _read(file: UploadFile) -> AsyncGenerator[bytes, None]:
    while piece := await file.read(_PIECE):
        yield piece


async def _bounded(request: Request, largest: int) -> AsyncGenerator[bytes, None]:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > largest:
            raise _too_large(largest)
        yield piece


async def _written(pieces: AsyncGenerator[bytes, None], path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as target:
        async for piece in pieces:
            digest.update(piece)
            await asyncio.to_thread(target.write, piece)
    return digest.hexdigest()


def _plain(name: str) -> str:
    """The last part of a name, as it can be shown and saved again."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(one for one in last if one.isprintable()).strip(" .")
    if not shown:
        raise _no_file("name-required", "缺少文件名", "has no name")
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{extension}" if dot else shown[:_LONGEST_NAME]


def _no_file(code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError("/file", code, {CHINESE: zh, ENGLISH: en}))


def _too_large(largest: int) -> TooLarge:
    mebibytes = largest >> 20
    return TooLarge(
        {CHINESE: f"文件超过 {mebibytes} MiB", ENGLISH: f"the file is over {mebibytes} MiB"}
    )
