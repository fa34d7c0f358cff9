"""How a cell becomes a value: one small parser per kind of value.

A parser takes the stripped, non-empty text of a cell and gives the value, or raises `CellRefused`
with a code and words. Any function of that shape is a parser; these are the usual ones.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chassis.problems import Text

Parser = Callable[[str], Any]

GREATEST = Decimal(10) ** 13
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0?0:00(?::00(?:\.0+)?)?)?")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class CellRefused(ValueError):
    """This text is no such value."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.message: Text = {"zh-CN": zh, "en": en}


def text(limit: int = 200) -> Parser:
    """Text of at most `limit` characters, without control characters."""

    def parse(cell: str) -> str:
        if len(cell) > limit:
            raise CellRefused("too-long", f"超过 {limit} 个字符", f"longer than {limit} characters")
        if _CONTROL.search(cell):
            raise CellRefused("control-character", "含有控制字符", "contains a control character")
        return cell

    return parse


def day(cell: str) -> date:
    """A calendar day: 2017-03-01, 2017/3/1, 2017.3.1, 2017年3月1日; a midnight is dropped.

    Fields parsed by this very function are the file's dates, which a mapping may shift.
    """
    found = _DATE.fullmatch(cell)
    if found and "1800" <= found[1] <= "2199":
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    raise CellRefused("date", f"“{cell}”不是日期", f"“{cell}” is not a date")


def decimal(cell: str) -> Decimal:
    """A decimal number below 10^13 either way; thousands may be grouped by commas."""
    try:
        value = Decimal(cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise CellRefused("number", f"“{cell}”不是数字", f"“{cell}” is not a number")
    if abs(value) >= GREATEST:
        raise CellRefused("too-large", f"“{cell}”过大", f"“{cell}” is too large")
    return value


def amount(cell: str) -> Decimal:
    """A sum of money, at least zero, in at most two decimal places (given with both)."""
    value = decimal(cell)
    if value < 0:
        raise CellRefused("negative", f"“{cell}”不能为负", f"“{cell}” must not be negative")
    if value != value.quantize(Decimal("0.01")):
        raise CellRefused(
            "decimal-places", f"“{cell}”超过两位小数", f"“{cell}” has more than two decimal places"
        )
    return value.quantize(Decimal("0.01"))


def whole(lowest: int = 0, highest: int = 10**9) -> Parser:
    """A whole number between `lowest` and `highest`, both included."""

    def parse(cell: str) -> int:
        value = decimal(cell)
        if value != value.to_integral_value():
            raise CellRefused(
                "whole-number", f"“{cell}”不是整数", f"“{cell}” is not a whole number"
            )
        if not lowest <= value <= highest:
            raise CellRefused(
                "out-of-range",
                f"“{cell}”不在 {lowest} 至 {highest} 之间",
                f"“{cell}” is not between {lowest} and {highest}",
            )
        return int(value)

    return parse


def choice(words: Mapping[str, Any]) -> Parser:
    """One of the given words, capitals or not, and the value it stands for."""
    known = {word.casefold(): value for word, value in words.items()}
    listed = ", ".join(words)

    def parse(cell: str) -> Any:
        try:
            return known[cell.casefold()]
        except KeyError:
            raise CellRefused(
                "unknown-word", f"“{cell}”不是 {listed} 之一", f"“{cell}” is not one of {listed}"
            ) from None

    return parse


@dataclass(frozen=True)
class ImportField:
    """A field that a file may fill, and its headings in the template."""

    name: str
    zh: str
    en: str
    parse: Parser = text()  # noqa: RUF009 - a parser keeps no state
    required: bool = False

    @property
    def is_date(self) -> bool:
        return self.parse is day
