"""Amounts in Chinese capital numerals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.documents.numerals import LARGEST, in_capitals

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("10.50", "壹拾元零伍角整"),
        ("1001.50", "壹仟零壹元伍角整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万零柒仟元零伍角叁分"),
        ("1000000", "壹佰万元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010001", "壹亿零壹万零壹元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
        ("1000000000000", "壹万亿元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("-12.30", "负壹拾贰元叁角整"),
    ],
)
def test_amounts_are_written_as_the_rules_for_bills_have_it(amount: str, words: str) -> None:
    assert in_capitals(Decimal(amount)) == words


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        in_capitals(LARGEST)


@given(st.integers(min_value=1, max_value=10**18 - 1))
def test_what_was_written_reads_back_as_the_same_amount(cents: int) -> None:
    words = in_capitals(Decimal(cents) / 100)
    assert read_back(words) == cents
    assert "零零" not in words


def read_back(words: str) -> int:
    """Cents, read as a person would: digit by digit, with the unit that follows."""
    whole, _, rest = words.partition("元") if "元" in words else ("", "", words)
    cents = 0
    for unit, worth in (("角", 10), ("分", 1)):
        if unit in rest:
            digit, _, rest = rest.partition(unit)
            cents += DIGITS[digit[-1]] * worth
    return _whole(whole) * 100 + cents


def _whole(words: str) -> int:
    for unit, worth in (("亿", 10**8), ("万", 10**4)):
        if unit in words:
            before, _, after = words.rpartition(unit)
            return _whole(before) * worth + _whole(after)
    number = digit = 0
    for character in words:
        if character in PLACES:
            number += digit * PLACES[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return number + digit
