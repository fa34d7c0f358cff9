"""Lines, tax and what a whole takes off: every sum is exact, whatever the figures."""

from datetime import date
from decimal import Decimal

from contracts.values import Money
from hypothesis import given
from hypothesis import strategies as st
from pipeline.pricing.model import (
    PaperLine,
    by_rate,
    share_out,
    taken_off,
    total_of,
    with_allowance,
)
from pipeline.taxes.model import (
    Taxed,
    nothing,
    rates_on,
    rounded,
    set_tax_rate,
    with_tax_added,
    with_tax_inside,
)

RATES = [Decimal("0.13"), Decimal("0.09"), Decimal("0.06"), Decimal("0.03"), Decimal(0)]
amounts = st.decimals("0", "99999999.99", places=2)
shares = st.decimals("0", "0.9999", places=4)
lines = st.builds(
    PaperLine,
    name=st.just("a part"),
    quantity=st.decimals("0.0001", "9999", places=4),
    unit_price=st.builds(Money, st.decimals("0", "999999.99", places=2), st.just("CNY")),
    is_taxed=st.booleans(),
    discount=shares,
    tax_rate=st.sampled_from(RATES),
    is_optional=st.booleans(),
)
steps = st.sampled_from([None, *map(Decimal, ("0.1", "1", "10", "100", "1000"))])


def a_line(price: str, **more: object) -> PaperLine:
    values: dict[str, object] = {
        "name": "a part",
        "quantity": Decimal(1),
        "unit_price": Money(Decimal(price), "CNY"),
        "tax_rate": Decimal("0.13"),
    }
    return PaperLine(**(values | more))  # type: ignore[arg-type]


def figures(amount: Taxed) -> tuple[str, str, str]:
    return str(amount.net.amount), str(amount.tax.amount), str(amount.gross.amount)


def test_half_a_cent_is_rounded_up() -> None:
    assert [str(rounded(Decimal(one))) for one in ("0.005", "0.015", "0.025", "2.674")] == [
        "0.01",
        "0.02",
        "0.03",
        "2.67",
    ]


def test_a_price_with_tax_and_one_without_split_alike() -> None:
    assert figures(a_line("100.00").taxed) == ("100.00", "13.00", "113.00")
    assert figures(a_line("113.00", is_taxed=True).taxed) == ("100.00", "13.00", "113.00")


@given(amount=amounts, rate=st.sampled_from(RATES))
def test_net_and_tax_make_gross_to_the_cent(amount: Decimal, rate: Decimal) -> None:
    for split in (with_tax_added, with_tax_inside):
        found = split(amount, rate, "CNY")
        assert found.net + found.tax == found.gross
        assert abs(found.net.amount * rate - found.tax.amount) <= Decimal("0.01")


@given(papers=st.lists(lines, max_size=12))
def test_a_total_is_the_sum_of_its_lines_and_of_its_rates(papers: list[PaperLine]) -> None:
    total = total_of(papers, "CNY")
    of_lines = sum((line.gross.amount for line in papers if not line.is_optional), Decimal(0))
    of_rates = sum(by_rate(papers, "CNY").values(), start=nothing("CNY"))
    assert total.gross.amount == of_lines
    assert of_rates == total
    assert total.net + total.tax == total.gross


@given(papers=st.lists(lines, max_size=12), discount=shares, down_to=steps)
def test_what_a_whole_takes_off_is_taken_off_its_lines_exactly(
    papers: list[PaperLine], discount: Decimal, down_to: Decimal | None
) -> None:
    before = total_of(papers, "CNY").gross.amount
    off, rounding = taken_off(before, discount, down_to)
    after = with_allowance(papers, discount, down_to)
    assert total_of(after, "CNY").gross.amount == before - off - rounding
    assert all(line.gross.amount >= 0 for line in after)
    if rounding:
        assert (before - off - rounding) % (down_to or 1) == 0


@given(papers=st.lists(lines, max_size=12), discount=shares, down_to=steps)
def test_optional_lines_never_count_and_bear_nothing(
    papers: list[PaperLine], discount: Decimal, down_to: Decimal | None
) -> None:
    counted = [line for line in papers if not line.is_optional]
    with_options = with_allowance(papers, discount, down_to)
    assert total_of(with_options, "CNY") == total_of(
        with_allowance(counted, discount, down_to), "CNY"
    )
    assert all(line.allowance == 0 for line in with_options if line.is_optional)


@given(
    amount=st.integers(0, 10**9),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
)
def test_sharing_out_is_exact_and_takes_from_nobody_more_than_they_have(
    amount: int, weights: list[int]
) -> None:
    cents = min(amount, sum(weights))
    parts = share_out(Decimal(cents) / 100, [Decimal(one) / 100 for one in weights])
    assert sum(parts, Decimal(0)) * 100 == (cents if sum(weights) else 0)
    assert all(0 <= part * 100 <= weight for part, weight in zip(parts, weights, strict=True))


def test_rounding_off_never_takes_the_whole() -> None:
    assert taken_off(Decimal("68.40"), Decimal(0), Decimal(100)) == (
        Decimal(0),
        Decimal(0),
    )
    assert taken_off(Decimal("168.40"), Decimal("0.1"), Decimal(10)) == (
        Decimal("16.84"),
        Decimal("1.56"),
    )


def test_the_rate_of_a_category_is_the_one_that_began_last() -> None:
    def goods(day: str) -> Decimal:
        return rates_on(date.fromisoformat(day), own)["goods"].rate

    own = [
        set_tax_rate(
            code="goods",
            name="货物",
            name_en=None,
            rate=Decimal("0.12"),
            valid_from=date(2027, 1, 1),
        )
    ]
    assert [goods(day) for day in ("2018-04-30", "2018-05-01", "2026-12-31", "2027-01-01")] == [
        Decimal("0.17"),
        Decimal("0.16"),
        Decimal("0.13"),
        Decimal("0.12"),
    ]
    own[0].end(date(2028, 1, 1))
    assert "goods" not in rates_on(date(2028, 1, 1), own)
