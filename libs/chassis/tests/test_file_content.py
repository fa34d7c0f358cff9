"""A file is what its name says, or it is not taken."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from chassis.files.content import TYPES, checked, claimed
from chassis.problems import ValidationFailed
from chassis.settings import FILE_TYPES

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PROGRAM = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 200


def archive(*members: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name in members:
            target.writestr(name, "content")
    return written.getvalue()


def picture() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\0\0\1\0\1\0\0" + b"\0" * 30 + b"\xff\xd9"
DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
PPTX = archive("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml")


def looked_at(folder: Path, name: str, content: bytes, announced: str = "") -> str:
    path = folder / "content"
    path.write_bytes(content)
    return checked(path, claimed(name, FILE_TYPES), announced)


def code_of(refused: pytest.ExceptionInfo[ValidationFailed]) -> str:
    return refused.value.errors[0].code


def test_the_kinds_that_may_be_set_are_those_that_are_known() -> None:
    assert {one.removeprefix(".") for one in TYPES} == FILE_TYPES


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("合同.PDF", PDF, "application/pdf"),
        ("photo.png", picture(), "image/png"),
        ("photo.jpeg", JPEG, "image/jpeg"),
        ("offer.docx", DOCX, TYPES[".docx"].media_type),
        ("prices.xlsx", XLSX, TYPES[".xlsx"].media_type),
        ("talk.pptx", PPTX, TYPES[".pptx"].media_type),
        ("all.zip", archive("a.pdf", "b/c.txt"), "application/zip"),
        ("lines.csv", "名称,数量\n泵,1\n".encode(), "text/csv"),
        ("lines.csv", "名称,数量\n泵,1\n".encode("gb18030"), "text/csv"),
        ("notes.txt", "笔记".encode("utf-16"), "text/plain"),
    ],
)
def test_what_is_what_it_says_is_taken(
    tmp_path: Path, name: str, content: bytes, media_type: str
) -> None:
    assert looked_at(tmp_path, name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contract.pdf", PROGRAM),
        ("contract.pdf", b"MZ" + PDF),
        ("contract.pdf", picture()),
        ("photo.png", PDF),
        ("photo.jpg", picture()),
        ("offer.docx", XLSX),
        ("offer.docx", archive("word/document.xml")),
        ("offer.docx", archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("offer.docx", PROGRAM + DOCX),
        ("all.zip", archive("readme.txt", "tools/setup.EXE")),
        ("all.zip", archive("setup.exe. ")),
        ("all.zip", PROGRAM + archive("a.txt")),
        ("all.zip", b"PK\x03\x04 not really"),
        ("notes.txt", PROGRAM),
        ("notes.txt", b"a\0b"),
        ("lines.csv", XLSX),
        ("lines.csv", b"\xff\xff\xff"),
    ],
)
def test_what_says_one_thing_and_is_another_is_refused(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        looked_at(tmp_path, name, content)
    assert code_of(refused) == "not-what-it-says"


@pytest.mark.parametrize("name", ["setup.exe", "page.html", "drawing.svg", "old.doc", "pdf", ""])
def test_other_kinds_are_not_taken(name: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        claimed(name, FILE_TYPES)
    assert code_of(refused) == "type-not-allowed"


def test_a_kind_that_the_setting_leaves_out_is_not_taken() -> None:
    with pytest.raises(ValidationFailed):
        claimed("all.zip", frozenset({"pdf"}))


def test_an_empty_file_and_one_announced_as_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed) as refused:
        looked_at(tmp_path, "notes.txt", b"")
    assert code_of(refused) == "empty"
    with pytest.raises(ValidationFailed) as refused:
        looked_at(tmp_path, "a.pdf", PDF, "image/png")
    assert code_of(refused) == "type-mismatch"
    assert looked_at(tmp_path, "a.pdf", PDF, "application/pdf; x=1")


@pytest.mark.parametrize("before", [b"", b" " * ((1 << 20) - 20)])
def test_the_test_virus_is_found_wherever_it_lies(tmp_path: Path, before: bytes) -> None:
    with pytest.raises(ValidationFailed) as refused:
        looked_at(tmp_path, "notes.txt", before + EICAR)
    assert code_of(refused) == "infected"
