"""An Excel workbook as CSV, read in a process of its own.

A workbook is an archive of XML that anybody may have written: a forged one asks for terabytes, or
ends the process that reads it. So its reader is a child with little memory and little time, which
runs this file as a script and imports nothing of ours.
"""

import csv
import subprocess
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

MOST_MEMORY = 1 << 30
MOST_SECONDS = 90
LARGEST_TEXT = 512 << 20
MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class BrokenWorkbook(Exception):
    """It is no workbook, or asks for more than one may."""


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(MAGIC)


def convert(path: Path, target: Path) -> None:
    """Write the first sheet as CSV in UTF-8, row for row (blocking).

    Raises:
        BrokenWorkbook: the child gave up, or was stopped.
    """
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-P", __file__, str(path), str(target)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BrokenWorkbook from None
    if child.returncode != 0:
        raise BrokenWorkbook


def _limit_oneself() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_TEXT, LARGEST_TEXT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _written(path: str, target: str) -> None:
    from python_calamine import load_workbook

    with load_workbook(path) as book, Path(target).open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        for cells in book.get_sheet_by_index(0).iter_rows():
            lines.writerow([_as_text(cell) for cell in cells])


def _as_text(cell: Any) -> str:
    match cell:
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


if __name__ == "__main__":
    _limit_oneself()
    _written(sys.argv[1], sys.argv[2])
