"""Is a file what its name says? Only kinds that are known here are taken, and looked into.

Programs under another name, documents with macros and archives that carry programs are refused,
and so is the test file of virus scanners. A scanner for real viruses is another matter.
"""

import codecs
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import puremagic

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

_PIECE = 1 << 20
_MOST_MEMBERS = 10_000
_TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_PROGRAMS = frozenset(
    "exe dll com scr bat cmd ps1 vbs vbe js jse wsf hta msi jar lnk apk sh reg".split()  # noqa: SIM905
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_CONTROL = {*range(32)} - {*b"\t\n\f\r"}


class FileType(NamedTuple):
    """How a kind is called on the wire, and whether a file looks like one."""

    media_type: str
    looks_so: Callable[[Path], bool]


def is_marked(extension: str, path: Path) -> bool:
    """Its first and last bytes are those of such a file."""
    try:
        found = puremagic.magic_file(path)
    except (puremagic.PureError, ValueError):
        return False
    return any(match.extension == extension for match in found)


def is_office(folder: str, path: Path) -> bool:
    """A package with the parts of such a document in `folder`, and without macros."""
    members = _members(path)
    return (
        "[Content_Types].xml" in members
        and any(name.startswith(folder) for name in members)
        and not any(name.lower().endswith("vbaproject.bin") for name in members)
    )


def is_archive(path: Path) -> bool:
    """A zip that carries no programs; one that cannot be looked into is none."""
    members = _members(path)
    return bool(members) and _PROGRAMS.isdisjoint(map(_extension, members))


def is_text(path: Path) -> bool:
    """Decodes as UTF-8, UTF-16 with its mark, or GB18030, and has no control characters."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(path, "utf-16")
    return _decodes(path, "utf-8-sig") or _decodes(path, "gb18030")


TYPES: dict[str, FileType] = {
    ".pdf": FileType("application/pdf", partial(is_marked, ".pdf")),
    ".png": FileType("image/png", partial(is_marked, ".png")),
    ".jpg": FileType("image/jpeg", partial(is_marked, ".jpg")),
    ".jpeg": FileType("image/jpeg", partial(is_marked, ".jpg")),
    ".docx": FileType(f"{_OFFICE}wordprocessingml.document", partial(is_office, "word/")),
    ".xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", partial(is_office, "xl/")),
    ".pptx": FileType(f"{_OFFICE}presentationml.presentation", partial(is_office, "ppt/")),
    ".zip": FileType("application/zip", is_archive),
    ".csv": FileType("text/csv", is_text),
    ".txt": FileType("text/plain", is_text),
}


def claimed(name: str, allowed: frozenset[str]) -> str:
    """The extension a file claims by its name.

    Raises:
        ValidationFailed: of no kind that is taken.
    """
    extension = Path(name.lower()).suffix
    if extension in TYPES and extension.removeprefix(".") in allowed:
        return extension
    listed = ", ".join(sorted(allowed))
    raise _refused(
        "type-not-allowed", f"只接受 {listed}", f"is not of a kind that is taken: {listed}"
    )


def checked(path: Path, extension: str, announced: str) -> str:
    """The media type of the file (blocking), which is what it says it is.

    `announced` is the media type that the client gave, if any.

    Raises:
        ValidationFailed: it says one thing and is another, or it is not to be kept.
    """
    kind = TYPES[extension]
    told = announced.partition(";")[0].strip().lower()
    if told not in ("", "application/octet-stream", kind.media_type):
        raise _refused(
            "type-mismatch",
            f"声明为 {told[:60]}，文件名却是 {extension}",
            f"is announced as {told[:60]} and named {extension}",
        )
    if path.stat().st_size == 0:
        raise _refused("empty", "文件为空", "is empty")
    if not kind.looks_so(path):
        raise _refused(
            "not-what-it-says",
            f"内容不是 {extension} 文件，或含有程序、宏",
            f"is no {extension} file by its content, or carries programs or macros",
        )
    if _contains(path, _TEST_VIRUS):
        raise _refused("infected", "含有病毒测试特征", "carries the signature of a virus test file")
    return kind.media_type


def _extension(name: str) -> str:
    return name.lower().rstrip(" .").rpartition(".")[2]


def _members(path: Path) -> list[str]:
    """What an archive says is in it, nothing unpacked; empty where it cannot be looked into.

    An archive begins as one: else it might be a program with an archive at its end.
    """
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return []
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []
    is_closed = any(one.flag_bits & 1 for one in listed)
    return [] if is_closed or len(listed) > _MOST_MEMBERS else [one.filename for one in listed]


def _decodes(path: Path, encoding: str) -> bool:
    decode = codecs.getincrementaldecoder(encoding)("strict").decode
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                if _CONTROL & {ord(one) for one in set(decode(piece))}:
                    return False
            decode(b"", True)
        except UnicodeDecodeError:
            return False
    return True


def _contains(path: Path, wanted: bytes) -> bool:
    kept = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if wanted in kept + piece:
                return True
            kept = piece[-len(wanted) :]
    return False


def _refused(code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError("/file", code, {CHINESE: zh, ENGLISH: en}))
