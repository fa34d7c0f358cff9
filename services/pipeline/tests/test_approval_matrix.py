"""Who is asked about a paper: rows that apply add up, and what is unknown fits no limit."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pipeline.approval_matrices.model import Ask, Case, Matrix, Row
from pipeline.approval_matrices.store import SINCE_EVER, defaults
from pipeline.decisions import DECISIONS

BOSS, NEXT, FINANCE = Ask(line=1), Ask(line=2), Ask(role="finance")


def asks(case: Case, *rows: Row) -> list[Ask]:
    return Matrix(kind="quote", version=1, effective_from=date(2026, 1, 1), rows=list(rows)).asks(
        case
    )


def test_a_row_that_says_nothing_always_applies() -> None:
    assert asks(Case(), Row(asks=[BOSS])) == [BOSS]


def test_rows_add_up_and_ask_each_once() -> None:
    rows = [
        Row(asks=[BOSS]),
        Row(asks=[BOSS, NEXT], amount_from=Decimal(100)),
        Row(asks=[FINANCE], margin_below=Decimal("0.15")),
    ]
    assert asks(Case(amount=Decimal(100), margin=Decimal("0.1")), *rows) == [BOSS, NEXT, FINANCE]
    assert asks(Case(amount=Decimal("99.99"), margin=Decimal("0.15")), *rows) == [BOSS]


@pytest.mark.parametrize(
    "limit",
    [
        {"amount_from": Decimal(0)},
        {"discount_from": Decimal(0)},
        {"margin_below": Decimal(1)},
        {"is_below_floor": True},
        {"requester_roles": ["rep"]},
    ],
)
def test_what_is_unknown_fits_no_limit(limit: dict[str, Any]) -> None:
    assert asks(Case(), Row(asks=[BOSS], **limit)) == []


def test_all_that_a_row_says_has_to_be_so() -> None:
    row = Row(asks=[BOSS], amount_from=Decimal(10), requester_roles=["rep"], is_below_floor=False)
    case = Case(amount=Decimal(10), requester_roles=frozenset({"rep", "x"}))
    assert asks(case, row) == [BOSS]
    assert asks(Case(amount=Decimal(10)), row) == []
    assert (
        asks(Case(amount=Decimal(10), requester_roles=frozenset({"rep"}), is_below_floor=True), row)
        == []
    )


def test_a_plain_quote_needs_nobody_and_one_below_the_floor_the_director() -> None:
    quote = defaults()["quote"]
    assert quote.effective_from == SINCE_EVER
    assert quote.asks(Case(amount=Decimal(1000), discount=Decimal("0.02"))) == []
    assert Ask(role="director") in quote.asks(Case(is_below_floor=True))
    assert quote.asks(Case(discount=Decimal("0.05"))) == [BOSS]
    assert FINANCE in quote.asks(Case(margin=Decimal("0.14")))


def test_every_other_kind_of_paper_has_somebody_to_ask() -> None:
    for kind, matrix in defaults().items():
        assert kind == "quote" or matrix.asks(Case()), kind


def test_every_kind_of_paper_that_is_decided_has_a_matrix_of_its_own() -> None:
    assert set(DECISIONS) <= set(defaults())
