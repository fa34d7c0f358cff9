"""Reading what people upload: CSV in the encodings they have (workbooks became CSV before).

A file is first scanned whole (`inspect`), so that a broken one is refused before anything is
written; then read in chunks (`rows`). Both are blocking: call them in a thread.
"""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chassis.problems import CHINESE, ENGLISH, FieldError, TooLarge, ValidationFailed

GREATEST_BYTES = 200 * 1024 * 1024
GREATEST_ROWS = 1_000_000
GREATEST_COLUMNS = 200

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20


class Layout(msgspec.Struct, frozen=True):
    """How a file is to be read: its encoding, delimiter, headings, row count."""

    encoding: str
    delimiter: str
    columns: list[str]
    total: int = 0


def _broken(code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError("/file", code, {CHINESE: zh, ENGLISH: en}))


def inspect(path: Path) -> Layout:
    """The layout of a file, with `total` still 0; refuses what is not a table with headings."""
    if not path.stat().st_size:
        raise _broken("empty", "文件是空的", "the file is empty")
    encoding = encoding_of(path)
    layout = Layout(encoding, _delimiter(path, encoding), [])
    headings = next(_cells(path, layout), None)
    if headings is None:
        raise _broken("empty", "文件是空的", "the file is empty")
    return msgspec.structs.replace(layout, columns=_named(headings))


def rows(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """The rows below the headings, numbered as a spreadsheet does; empty ones are left out.

    A row may have more or fewer cells than the file has columns: the reader of it judges.
    """
    width = len(layout.columns)
    numbered = enumerate(_cells(path, layout), start=1)
    next(numbered, None)
    for number, cells in numbered:
        if number > GREATEST_ROWS:
            raise TooLarge(
                {
                    CHINESE: f"超过 {GREATEST_ROWS} 行",
                    ENGLISH: f"more than {GREATEST_ROWS} rows",
                }
            )
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if any(cells):
            yield number, cells


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, else GB18030; refuses bytes that are none."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            _refuse_undecodable(path, encoding)
            return encoding
    if _first_bad_byte(path, "utf-8") is None:
        return "utf-8"
    _refuse_undecodable(path, "gb18030")
    return "gb18030"


def _refuse_undecodable(path: Path, encoding: str) -> None:
    position = _first_bad_byte(path, encoding)
    if position is not None:
        raise _broken(
            "bad-bytes",
            f"第 {position + 1} 个字节处既不是 UTF-8 也不是 GB18030 文本",
            f"byte {position + 1} is neither UTF-8 nor GB18030 text",
        )


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    """Where decoding fails, or a NUL stands (no text has one); None for good text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoded = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return read + error.start
            if "\0" in decoded:
                return read + max(chunk.find(b"\0"), 0)
            read += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return read
    return None


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(100_000)
    return max(",;\t", key=first.count)


def _named(headings: list[str]) -> list[str]:
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise _broken("no-headings", "第一行没有列名", "the first row has no headings")
    if len(headings) > GREATEST_COLUMNS:
        raise _broken(
            "too-many-columns",
            f"超过 {GREATEST_COLUMNS} 列",
            f"more than {GREATEST_COLUMNS} columns",
        )
    for heading in headings:
        if headings.count(heading) > 1:
            raise _broken(
                "heading-twice",
                f"列名“{heading[:60]}”出现了多次",
                f"the heading “{heading[:60]}” stands there more than once",
            )
    return headings


def _cells(path: Path, layout: Layout) -> Iterator[list[str]]:
    with path.open(encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.delimiter, strict=True)
        try:
            for cells in reader:
                yield [cell.strip() for cell in cells]
        except csv.Error as error:
            raise _broken(
                "broken-csv",
                f"第 {reader.line_num} 行附近不是有效的 CSV",
                f"near line {reader.line_num} it is no valid CSV: {error}",
            ) from None
