"""From columns to fields: what a mapping may say, and what it does to a row."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chassis.imports import ImportContext, ImportField, ImportKind, ImportOutcome, amount, day
from chassis.imports.mappings import (
    Mapping,
    RowRefused,
    by_heading,
    latest_date,
    reader,
    refuse_missing,
    refuse_unknown,
)
from chassis.problems import ValidationFailed
from chassis.work import Work

COLUMNS = ["deal", "closed", "value", "stage"]


async def nothing(_work: Work, _row: dict[str, Any], _context: ImportContext) -> ImportOutcome:
    return ImportOutcome("unchanged")


def a_kind() -> ImportKind:
    return ImportKind(
        name="deals",
        zh="商机",
        en="Deals",
        fields=[
            ImportField("external_id", "编号", "Number", required=True),
            ImportField("closed_on", "成交日期", "Closed on", day),
            ImportField("amount", "金额", "Amount", amount),
            ImportField("template", "流程", "Process"),
        ],
        handle=nothing,
    )


def a_mapping(**said: Any) -> Mapping:
    columns = {"deal": "external_id", "closed": "closed_on", "value": "amount"}
    return Mapping(**{"name": "crm", "kind": "deals", "columns": columns} | said)


def test_a_row_gets_columns_constants_replacements_and_shifted_dates() -> None:
    mapping = a_mapping(
        constants={"template": "standard"},
        values={"external_id": {"GTXPro": "GTX Pro"}},
        shift_days=10,
    )
    row = reader(a_kind(), mapping, COLUMNS)(["GTXPro", "2017-12-30", "550", "Won"])
    assert row == {
        "external_id": "GTX Pro",
        "closed_on": date(2018, 1, 9),
        "amount": Decimal("550.00"),
        "template": "standard",
    }


def test_an_empty_cell_is_nothing_unless_the_field_is_required() -> None:
    read = reader(a_kind(), a_mapping(), COLUMNS)
    assert read(["1", "", "", ""])["closed_on"] is None
    with pytest.raises(RowRefused) as refused:
        read(["", "", "", ""])
    assert [error.code for error in refused.value.errors] == ["required"]


def test_a_row_is_refused_with_everything_that_is_wrong() -> None:
    with pytest.raises(RowRefused) as refused:
        reader(a_kind(), a_mapping(), COLUMNS)(["1", "soon", "-5", ""])
    found = [(error.pointer, error.code) for error in refused.value.errors]
    assert found == [("/closed_on", "date"), ("/amount", "negative")]


@pytest.mark.parametrize("cells", [["1"], ["1", "", "", "", "more"]])
def test_a_row_with_too_few_or_too_many_cells_is_refused(cells: list[str]) -> None:
    with pytest.raises(RowRefused) as refused:
        reader(a_kind(), a_mapping(), COLUMNS)(cells)
    assert refused.value.errors[0].code == "cells"


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"columns": {"a/b": "colour"}}, "/columns/a~1b", "unknown-field"),
        ({"columns": {"a": "amount", "b": "amount"}}, "/columns/b", "filled-twice"),
        ({"constants": {"amount": "1"}}, "/constants/amount", "filled-twice"),
        ({"columns": {}, "constants": {"closed_on": "soon"}}, "/constants/closed_on", "date"),
        ({"values": {"colour": {}}}, "/values/colour", "unknown-field"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(
    said: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        refuse_unknown(a_kind(), a_mapping(**said))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]


def test_a_file_without_the_columns_of_its_mapping_is_refused() -> None:
    with pytest.raises(ValidationFailed) as refused:
        refuse_missing(a_kind(), a_mapping(), ["deal", "value"])
    assert [error.pointer for error in refused.value.errors] == ["/columns/closed"]


def test_a_required_field_needs_a_column_or_a_constant() -> None:
    with pytest.raises(ValidationFailed) as refused:
        refuse_missing(a_kind(), a_mapping(columns={}), COLUMNS)
    assert [error.code for error in refused.value.errors] == ["missing-field"]


def test_a_file_that_follows_the_template_needs_no_mapping() -> None:
    mapping = by_heading(a_kind(), ["编号", "Closed on", "amount", "remarks"])
    assert mapping.columns == {
        "编号": "external_id",
        "Closed on": "closed_on",
        "amount": "amount",
    }


def test_the_latest_date_is_that_of_all_rows_whatever_else_is_wrong_with_them() -> None:
    rows = [["1", "2017-12-31", "x", ""], ["", "2017-11-30", "", ""], ["3", "soon", "", ""], ["4"]]
    assert latest_date(a_kind(), a_mapping(), COLUMNS)(rows) == date(2017, 12, 31)
