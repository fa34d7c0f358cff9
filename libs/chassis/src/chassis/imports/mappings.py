"""From a file's columns to a kind's fields: saved by name, so that next month's file needs nothing.

A mapping names columns, gives constants, replaces dirty values and may move all dates of the
files by one whole number of days, settled at the first import and kept.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec

from chassis.imports.fields import CellRefused, ImportField
from chassis.imports.kinds import ImportKind, Row
from chassis.problems import CHINESE, ENGLISH, FieldError, Text, ValidationFailed


class Mapping(msgspec.Struct, kw_only=True):
    """`columns`: heading → field. `values`: field → text in the file → text meant."""

    name: str
    kind: str
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    history: bool = False
    shift_dates_to: str | None = None
    shift_days: int | None = None
    external_source: str = ""


class RowRefused(Exception):
    """A row that cannot be read: what is wrong with which of its fields."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


Column = tuple[ImportField, int | None, str | None, dict[str, str]]


def by_heading(kind: ImportKind, columns: list[str], *, name: str = "") -> Mapping:
    """The mapping of a file that follows the template: a heading is a field's name or label."""
    known = {
        heading.casefold(): field.name
        for field in kind.fields
        for heading in (field.name, field.zh, field.en)
    }
    found = {column: known[column.casefold()] for column in columns if column.casefold() in known}
    return Mapping(name=name, kind=kind.name, columns=found)


def refuse_unknown(kind: ImportKind, mapping: Mapping) -> None:
    """Fields that the kind does not have, and fields filled from two columns."""
    errors = []
    filled: set[str] = set()
    for pointer, name in (
        *((f"/columns/{_escaped(column)}", name) for column, name in mapping.columns.items()),
        *((f"/constants/{_escaped(name)}", name) for name in mapping.constants),
    ):
        if kind.field_named(name) is None:
            errors.append(FieldError(pointer, "unknown-field", _no_field(kind, name)))
        elif name in filled:
            errors.append(
                FieldError(
                    pointer,
                    "filled-twice",
                    {CHINESE: f"字段 {name} 有多个来源", ENGLISH: f"{name} is filled twice"},
                )
            )
        filled.add(name)
    errors.extend(
        FieldError(f"/values/{_escaped(name)}", "unknown-field", _no_field(kind, name))
        for name in mapping.values
        if kind.field_named(name) is None
    )
    for name, value in mapping.constants.items():
        field = kind.field_named(name)
        if field is not None:
            try:
                field.parse(value)
            except CellRefused as refused:
                errors.append(
                    FieldError(f"/constants/{_escaped(name)}", refused.code, refused.message)
                )
    if errors:
        raise ValidationFailed(errors)


def refuse_missing(kind: ImportKind, mapping: Mapping, columns: list[str]) -> None:
    """Columns that the mapping names and the file lacks, and required fields without a source."""
    errors = [
        FieldError(
            f"/columns/{_escaped(column)}",
            "missing-column",
            {
                CHINESE: f"文件中没有列“{column}”",
                ENGLISH: f"the file has no column “{column}”; it has: {', '.join(columns)[:500]}",
            },
        )
        for column in mapping.columns
        if column not in columns
    ]
    sources = {*mapping.columns.values(), *mapping.constants}
    errors.extend(
        FieldError(
            f"/columns/{_escaped(field.name)}",
            "missing-field",
            {
                CHINESE: f"缺少必填列“{field.zh}”({field.name})",
                ENGLISH: f"the required field {field.name} has no column “{field.en}”",
            },
        )
        for field in kind.fields
        if field.required and field.name not in sources
    )
    if errors:
        raise ValidationFailed(errors)


def reader(kind: ImportKind, mapping: Mapping, columns: list[str]) -> Callable[[list[str]], Row]:
    """A function from the cells of a row to its values; it raises RowRefused."""
    sources = {name: columns.index(column) for column, name in mapping.columns.items()}
    plan: list[Column] = [
        (
            field,
            sources.get(field.name),
            mapping.constants.get(field.name),
            mapping.values.get(field.name, {}),
        )
        for field in kind.fields
    ]
    shift = timedelta(days=mapping.shift_days or 0)
    width = len(columns)

    def read(cells: list[str]) -> Row:
        if len(cells) != width:
            raise RowRefused([FieldError("", "cells", _cell_count(len(cells), width))])
        row: Row = {}
        errors: list[FieldError] = []
        for field, index, constant, replaced in plan:
            try:
                row[field.name] = _value(field, index, constant, replaced, cells)
            except CellRefused as refused:
                errors.append(FieldError(f"/{field.name}", refused.code, refused.message))
                continue
            if shift and index is not None and isinstance(row[field.name], date):
                row[field.name] += shift
        if errors:
            raise RowRefused(errors)
        return row

    return read


def latest_date(kind: ImportKind, mapping: Mapping, columns: list[str]) -> Callable[[Any], date]:
    """A function from all rows of a file to the latest date in any of its date columns."""
    dated = [
        (field, columns.index(column), mapping.values.get(name, {}))
        for column, name in mapping.columns.items()
        if (field := kind.field_named(name)) is not None and field.is_date
    ]

    def latest(rows: Any) -> date:
        greatest = date.min
        for cells in rows:
            for field, index, replaced in dated:
                if index < len(cells) and cells[index]:
                    try:
                        value = field.parse(replaced.get(cells[index], cells[index]))
                    except CellRefused:
                        continue  # the row itself will be refused, with its reason
                    greatest = max(greatest, value)
        return greatest

    return latest


def _value(
    field: ImportField,
    index: int | None,
    constant: str | None,
    replaced: dict[str, str],
    cells: list[str],
) -> Any:
    cell = cells[index] if index is not None else (constant or "")
    if replaced:
        cell = replaced.get(cell, cell)
    if cell:
        return field.parse(cell)
    if field.required:
        raise CellRefused("required", f"“{field.zh}”不能为空", f"{field.en} must not be empty")
    return None


def _cell_count(found: int, expected: int) -> Text:
    return {
        CHINESE: f"有 {found} 个单元格，应有 {expected} 个",
        ENGLISH: f"has {found} cells instead of {expected}",
    }


def _no_field(kind: ImportKind, name: str) -> Text:
    known = ", ".join(field.name for field in kind.fields)
    return {
        CHINESE: f"没有字段 {name[:60]}；可用字段：{known}",
        ENGLISH: f"there is no field {name[:60]}; the fields are {known}",
    }


def _escaped(name: str) -> str:
    """A JSON pointer's step (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
