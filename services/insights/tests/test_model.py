"""Tiers and alerts as rules, without anything running."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from chassis.facts import facts_of
from hypothesis import given
from hypothesis import strategies as st
from insights.model.alerts import AlertIsOver, raised
from insights.model.policies import alert_rules, tier_policy
from insights.model.ranking import Measured, Standing, rank, window
from insights.model.tiers import Tier, TierChanged, TierConfirmed
from insights.timers import FOLLOW_UP_OVERDUE, Timer

POLICY = tier_policy()
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def customers(**revenue: int) -> list[Measured]:
    return [
        Measured(customer_id=name, kind="end_user", revenue=Decimal(amount), orders=int(amount > 0))
        for name, amount in revenue.items()
    ]


def tiers(measured: list[Measured]) -> dict[str, str]:
    return {name: one.tier for name, one in rank(POLICY, measured, "CNY").items()}


def standing(tier: str) -> Standing:
    return Standing(
        customer_id="acme",
        tier=tier,
        group="direct",
        revenue=Decimal(1),
        orders=1,
        rank=1,
        of=1,
        share_before=Decimal(0),
        total=Decimal(1),
        reason="because",
        reason_zh="因为",
    )


def test_a_customer_is_a_while_the_share_before_it_is_under_80_percent_and_b_under_95() -> None:
    # Shares before them, in per mille: 0, 500, 799, 948, 998.
    found = tiers(customers(a=500, b=299, c=149, d=50, e=2))
    assert found == {"a": "A", "b": "A", "c": "A", "d": "B", "e": "C"}
    # Exactly 80 and exactly 95 percent are no longer below.
    assert tiers(customers(a=500, b=300, c=150, d=50)) == {"a": "A", "b": "A", "c": "B", "d": "C"}


def test_customers_of_equal_revenue_are_in_the_same_tier() -> None:
    found = tiers(customers(a=80, b=5, c=5, d=5, e=5))
    assert found == {"a": "A", "b": "B", "c": "B", "d": "B", "e": "B"}


def test_dealers_and_direct_customers_are_cut_apart() -> None:
    small = Measured(customer_id="small", kind="end_user", revenue=Decimal(1), orders=1)
    large = Measured(customer_id="large", kind="dealer", revenue=Decimal(1_000_000), orders=1)
    assert tiers([small, large]) == {"small": "A", "large": "A"}


def test_without_orders_potential_decides_where_it_is_known() -> None:
    nothing = Measured(customer_id="nothing", kind="end_user", revenue=Decimal(0), orders=0)
    large = Measured(
        customer_id="large",
        kind="end_user",
        revenue=Decimal(0),
        orders=0,
        yearly_demand=Decimal(5_000_000),
    )
    assert tiers([nothing, large]) == {"nothing": "D", "large": "C"}


def test_an_order_that_is_not_delivered_yet_is_better_than_none() -> None:
    waiting = Measured(customer_id="waiting", kind="end_user", revenue=Decimal(0), orders=1)
    assert tiers([waiting, *customers(a=1)]) == {"waiting": "C", "a": "A"}


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 50), max_size=12),
    st.randoms(),
)
def test_the_order_of_customers_makes_no_difference(revenue: dict[str, int], random: Any) -> None:
    measured = customers(**revenue)
    shuffled = list(measured)
    random.shuffle(shuffled)
    assert rank(POLICY, shuffled, "CNY") == rank(POLICY, measured, "CNY")


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2026, 3, 2), date(2025, 3, 3)),
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2026, 1, 1)),
    ],
)
def test_the_window_ends_today_and_is_twelve_months_long(as_of: date, first: date) -> None:
    assert window(as_of, 12) == (first, as_of)


class Life:
    """A tier whose days are lived through by hand."""

    def __init__(self) -> None:
        self.tier = Tier(id="acme", key="acme")
        self.day = date(2026, 1, 10)

    def ranked(self, *computed: str) -> str | None:
        for one in computed:
            self.tier.rank(standing(one), POLICY, self.day, "CNY")
        return self.tier.effective

    def closed(self, computed: str, *, is_month_end: bool = False) -> str | None:
        self.tier.close(standing(computed), POLICY, self.day, "CNY", is_month_end=is_month_end)
        self.day += timedelta(days=1)
        return self.tier.effective


def test_upward_at_once() -> None:
    life = Life()
    assert life.ranked("D") == "D"
    assert life.closed("D") == "D"
    assert life.ranked("A") == "A"


def test_downward_at_once_from_a_tier_that_no_day_closed_with() -> None:
    life = Life()
    assert life.ranked("A", "C") == "C"


def test_a_held_tier_is_kept_through_a_bad_month() -> None:
    life = Life()
    life.closed("A")
    assert life.ranked("C") == "A"
    assert life.closed("C", is_month_end=True) == "A"
    assert life.ranked("B") == "A"
    assert life.closed("A", is_month_end=True) == "A"
    assert life.closed("C", is_month_end=True) == "A"


def test_two_month_ends_in_a_row_bring_the_better_of_the_two_lower_tiers() -> None:
    life = Life()
    life.closed("A")
    life.closed("C", is_month_end=True)
    assert life.closed("B", is_month_end=True) == "B"
    assert life.tier.lower_at_month_end is None
    assert "two month ends" in life.tier.reason


def test_quiet_days_leave_no_facts() -> None:
    life = Life()
    life.closed("B")
    before = len(facts_of(life.tier))
    life.closed("B")
    life.closed("B", is_month_end=True)
    assert len(facts_of(life.tier)) == before
    assert [type(fact) for fact in facts_of(life.tier)] == [TierChanged, TierConfirmed]


@given(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=8), st.sampled_from("ABCD"))
def test_what_happened_within_a_day_does_not_matter_only_where_it_ended(
    way: list[str], held: str
) -> None:
    long_way, short_way = Life(), Life()
    for life in (long_way, short_way):
        life.closed(held)
    long_way.ranked(*way)
    short_way.ranked(way[-1])
    assert long_way.tier.effective == short_way.tier.effective
    assert long_way.closed(way[-1]) == short_way.closed(way[-1])


def an_alert() -> Any:
    timer = Timer(
        rule=FOLLOW_UP_OVERDUE,
        subject="f1",
        period="1",
        due_at=NOW,
        subject_type="follow_up",
        owner="rep",
        opportunity="d1",
        facts=["follow_up:f1:1"],
        details={"objective": "call {back}"},
    )
    return raised(timer, alert_rules()[FOLLOW_UP_OVERDUE], NOW)


def test_an_alert_is_named_by_rule_subject_and_period_and_says_why() -> None:
    alert = an_alert()
    assert alert.id == "follow-up-overdue:f1:1"
    assert alert.rights_of == "opportunity:d1"
    assert "call {back}" in alert.reason_zh


def test_acknowledging_twice_changes_nothing_the_second_time() -> None:
    alert = an_alert()
    alert.acknowledge("boss", "seen", NOW)
    alert.acknowledge("boss", "seen", NOW)
    assert len(facts_of(alert)) == 2


def test_a_cleared_alert_is_over() -> None:
    alert = an_alert()
    alert.clear("follow_up:f1:2", NOW)
    alert.clear("follow_up:f1:2", NOW)
    assert len(facts_of(alert)) == 2
    with pytest.raises(AlertIsOver):
        alert.acknowledge("boss", None, NOW)
