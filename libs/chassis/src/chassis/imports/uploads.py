"""A file on its way in: bounded while it streams, put on disk, looked through."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from chassis.imports import files, mappings
from chassis.imports.files import GREATEST_BYTES, Layout
from chassis.imports.kinds import ImportKind
from chassis.imports.mappings import Mapping
from chassis.imports.workbook import BrokenWorkbook, convert, is_workbook
from chassis.problems import CHINESE, ENGLISH, FieldError, TooLarge, ValidationFailed

FORM_BYTES = 256 * 1024
_COPY = 1 << 20


class Upload(NamedTuple):
    """A form with its file, which lies at `path` while the request lasts."""

    path: Path
    file_name: str
    file_hash: str
    form: dict[str, str]


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Upload]:
    """Read a multipart form with one `file`.

    Raises:
        TooLarge: over 200 MiB, seen before or while it arrives.
        ValidationFailed: not such a form.
    """
    parser = MultiPartParser(
        request.headers, _bounded(request), max_files=1, max_fields=20, max_part_size=64 * 1024
    )
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _no_form("not-multipart", "须为 multipart/form-data", "must be multipart/form-data")
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _no_form("broken-form", "表单无效", f"the form is broken: {error.message}") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _no_form("required", "缺少文件", "is required: the file to import")
        with tempfile.TemporaryDirectory(prefix="tianlong-upload-") as folder:
            path = Path(folder) / "file"
            digest = await asyncio.to_thread(_copied, file, path)
            if is_workbook(path):
                path = await asyncio.to_thread(_as_csv, path)
            texts = {name: text for name, text in form.items() if isinstance(text, str)}
            yield Upload(path, (file.filename or "")[:200], digest, texts)
    finally:
        await form.close()


def looked_through(kind: ImportKind, mapping: Mapping | None, path: Path) -> "Seen":
    """Read a whole file once (blocking): how it is laid out, and its latest date.

    Raises:
        ValidationFailed: it is no table, or not one that the mapping fits.
        TooLarge: it has too many rows.
    """
    layout = files.inspect(path)
    mapping = mapping or mappings.by_heading(kind, layout.columns)
    mappings.refuse_missing(kind, mapping, layout.columns)
    seen = 0

    def counted() -> Iterator[list[str]]:
        nonlocal seen
        for _, cells in files.rows(path, layout):
            seen += 1
            yield cells

    latest = mappings.latest_date(kind, mapping, layout.columns)(counted())
    if not seen:
        raise ValidationFailed(
            FieldError("/file", "no-rows", {CHINESE: "文件没有数据行", ENGLISH: "has no rows"})
        )
    return Seen(mapping, msgspec.structs.replace(layout, total=seen), latest)


class Seen(NamedTuple):
    mapping: Mapping
    layout: Layout
    latest: date


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    limit = GREATEST_BYTES + FORM_BYTES
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large()
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise _too_large()
        yield piece


def _copied(file: UploadFile, path: Path) -> str:
    """Put it at `path`; its SHA-256."""
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target, _COPY)
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _as_csv(path: Path) -> Path:
    target = path.with_suffix(".csv")
    try:
        convert(path, target)
    except BrokenWorkbook:
        raise _no_form(
            "broken-workbook",
            "不是有效的 Excel 文件，或内容过大（可另存为 CSV）",
            "is no valid Excel workbook, or too large to unpack (save it as CSV)",
        ) from None
    return target


def _no_form(code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError("/file", code, {CHINESE: zh, ENGLISH: en}))


def _too_large() -> TooLarge:
    mebibytes = GREATEST_BYTES >> 20
    return TooLarge(
        {CHINESE: f"文件超过 {mebibytes} MiB", ENGLISH: f"the file is over {mebibytes} MiB"}
    )
