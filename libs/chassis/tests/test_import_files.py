"""Files as people have them: encodings, broken ones, workbooks; and cells as values."""

import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from chassis.imports import CellRefused, amount, choice, day, decimal, files, text, whole
from chassis.imports.workbook import BrokenWorkbook, convert, is_workbook
from chassis.problems import ValidationFailed

TABLE = "客户名称,行业\r\n天龙机械,制造\r\n\r\n“引号”,\r\n"


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def all_rows(path: Path) -> list[tuple[int, list[str]]]:
    return list(files.rows(path, files.inspect(path)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_is_read_in_every_encoding_that_people_have(tmp_path: Path, encoding: str) -> None:
    path = a_file(tmp_path, TABLE.encode(encoding))
    assert files.inspect(path).columns == ["客户名称", "行业"]
    assert all_rows(path) == [(2, ["天龙机械", "制造"]), (4, ["“引号”", ""])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_seen_from_the_headings(tmp_path: Path, delimiter: str) -> None:
    path = a_file(tmp_path, f"a{delimiter}b\n1{delimiter}2\n".encode())
    assert all_rows(path) == [(2, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n", "no-headings"),
        (b",,\n1,2,3\n", "no-headings"),
        (b"a,b,a\n", "heading-twice"),
        (b"a,b\n1,\xff\xff\xff\n", "bad-bytes"),
        (b"a,b\n1,\xd6", "bad-bytes"),
        (b"a,b\n1,\x002\n", "bad-bytes"),
        (",".join(f"c{n}" for n in range(300)).encode(), "too-many-columns"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(
    tmp_path: Path, content: bytes, code: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        files.inspect(a_file(tmp_path, content))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/file", code)]


@pytest.mark.parametrize("content", [b'a,b\n1,"open\n', b'a,b\n1,"x"y\n', b"a\n" + b"x" * 200_000])
def test_broken_quoting_is_found_while_reading(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValidationFailed) as refused:
        all_rows(a_file(tmp_path, content))
    assert refused.value.errors[0].code == "broken-csv"


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def a_workbook(path: Path, rows: list[list[str]]) -> Path:
    """The least that is a workbook; cells are XML, as the sheet holds them."""
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    body = "".join(f"<row>{''.join(cells)}</row>" for cells in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{types}.styles+xml"/>'
        f'<Override PartName="/xl/sheet.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="sheet.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><cellXfs count="2">'
        '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sheet.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def test_a_workbook_is_read_like_a_text(tmp_path: Path) -> None:
    headings = ["名称", "数量", "单价", "日期"]
    book = a_workbook(
        tmp_path / "book.xlsx",
        [
            [f'<c t="inlineStr"><is><t>{heading}</t></is></c>' for heading in headings],
            [
                '<c t="inlineStr"><is><t>泵</t></is></c>',
                "<c><v>3</v></c>",
                "<c><v>12.5</v></c>",
                '<c s="1"><v>42795</v></c>',
            ],
        ],
    )
    path = tmp_path / "book.csv"
    assert is_workbook(book)
    convert(book, path)
    assert files.inspect(path).columns == headings
    assert all_rows(path) == [(2, ["泵", "3", "12.5", "2017-03-01"])]


FORGED = {
    "asks for terabytes": '<c r="ZZZ99999999"><v>1</v></c>',
    "is not XML": "<c><v>1",
    "refers to nothing": '<c t="s"><v>99999999999</v></c>',
}


@pytest.mark.parametrize("cell", FORGED.values(), ids=FORGED.keys())
def test_a_forged_workbook_ends_its_reader_and_not_the_service(tmp_path: Path, cell: str) -> None:
    book = a_workbook(tmp_path / "book.xlsx", [["<c><v>1</v></c>"], [cell]])
    with pytest.raises(BrokenWorkbook):
        convert(book, tmp_path / "book.csv")


@pytest.mark.parametrize(
    "cell", ["2017-03-01", "2017/3/1", "2017.3.1", "2017年3月1日", "2017-03-01 00:00:00"]
)
def test_a_day_is_written_in_many_ways(cell: str) -> None:
    assert day(cell) == date(2017, 3, 1)


@pytest.mark.parametrize(
    ("parse", "cell", "code"),
    [
        (day, "2017-02-30", "date"),
        (day, "0017-02-03", "date"),
        (day, "2017-02-03 10:00", "date"),
        (decimal, "1,00", "number"),
        (decimal, "NaN", "number"),
        (decimal, "1e13", "too-large"),
        (amount, "-1", "negative"),
        (amount, "1.005", "decimal-places"),
        (whole(1, 9), "1.5", "whole-number"),
        (whole(1, 9), "10", "out-of-range"),
        (choice({"Won": 1}), "lost", "unknown-word"),
        (text(3), "four", "too-long"),
        (text(), "a\x07b", "control-character"),
    ],
)
def test_a_cell_that_is_no_such_value_is_refused(
    parse: Callable[[str], object], cell: str, code: str
) -> None:
    with pytest.raises(CellRefused) as refused:
        parse(cell)
    assert refused.value.code == code


def test_values_are_what_was_meant() -> None:
    assert decimal("1,234.5") == Decimal("1234.5")
    assert str(amount("550")) == "550.00"
    assert whole()("7") == 7
    assert choice({"Won": 1})("won") == 1
