"""The fold as plain code: what events make of states, sums, timers and marks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from contracts import pipeline as wire
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from insights.fold.cells import escaped, unescaped
from insights.fold.inputs import Door, Unreadable
from insights.queries.kpis import bucket_ranges, figures, median, overall

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
STAGE = wire.StageRef(number=1, code="contact")


def won(deal: str, amount: str, yuan: Any, closed_on: date = date(2026, 3, 12)) -> Any:
    return wire.OpportunityWon(
        opportunity_id=deal,
        customer_id="acme",
        amount=yuan(amount),
        opened_on=date(2026, 3, 2),
        closed_on=closed_on,
        previous_stage=STAGE,
    )


def test_a_won_deal_counts_once_wherever_it_is_looked_for(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    where = {"owner": "rep", "team": "red", "region": "East", "key": "acme"}
    log.say(a_deal("d1", customer="acme", product="gtx"), "d1", **where)
    log.say(won("d1", "1054.50", yuan), "d1", **where)
    memory.take(list(log.all()))
    expected = {"total": 1, "won": 1, "won_cents:CNY": 105450, "days:10": 1}
    for scope in ("all", "owner:rep"):
        for bucket in ("all", "m2026-03", "d2026-03-12"):
            assert memory.rows(scope, bucket, "owner") == {"rep": expected}
            assert memory.rows(scope, bucket, "team") == {"red": expected}
            assert memory.rows(scope, bucket, "region") == {"East": expected}
            assert memory.rows(scope, bucket, "product") == {"gtx": expected}
            assert memory.rows(scope, bucket, "customer") == {"acme": expected}
            assert memory.rows(scope, bucket, "month") == {"2026-03": expected}
    assert memory.rows("all", "d2026-03-02", "owner") == {}


def test_a_deal_without_an_opening_date_is_in_no_month(log: Any, memory: Any, a_deal: Any) -> None:
    log.say(a_deal("d1", opened_on=None), "d1", owner="rep")
    memory.take(list(log.all()))
    assert memory.rows("all", "all", "month") == {"-": {"total": 1, "open": 1, "stage:contact": 1}}
    places = {place for one in memory.partitions.values() for place in one.cells}
    assert places == {("all", "all"), ("owner:rep", "all")}


def test_a_closed_deal_stays_with_whoever_closed_it_and_is_seen_by_its_owner_of_today(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    log.say(a_deal("d1"), "d1", owner="rep", team="red")
    log.say(won("d1", "10", yuan), "d1", owner="rep", team="red")
    handed_over = wire.OpportunityOwnerChanged(
        opportunity_id="d1", owner_id="heir", previous_owner_id="rep"
    )
    log.say(handed_over, "d1", owner="heir", team="blue")
    memory.take(list(log.all()))
    assert set(memory.rows("owner:heir", "all", "owner")) == {"rep"}
    assert set(memory.rows("owner:heir", "all", "team")) == {"red"}
    assert memory.rows("owner:rep", "all", "owner") == {}


def test_an_open_deal_counts_for_its_new_owner(log: Any, memory: Any, a_deal: Any) -> None:
    log.say(a_deal("d1"), "d1", owner="rep", team="red")
    handed_over = wire.OpportunityOwnerChanged(
        opportunity_id="d1", owner_id="heir", previous_owner_id="rep"
    )
    log.say(handed_over, "d1", owner="heir", team="blue")
    memory.take(list(log.all()))
    assert set(memory.rows("all", "all", "owner")) == {"heir"}
    assert set(memory.rows("all", "all", "team")) == {"blue"}


def test_a_reopened_deal_takes_its_money_back(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    log.say(a_deal("d1"), "d1", owner="rep")
    log.say(won("d1", "10", yuan), "d1", owner="rep")
    reopened = wire.OpportunityReopened(
        opportunity_id="d1",
        stage=STAGE,
        previous_status="won",
        previous_amount=yuan("10"),
        previous_closed_on=date(2026, 3, 12),
        reason="the order was withdrawn",
    )
    log.say(reopened, "d1", owner="rep")
    memory.take(list(log.all()))
    assert memory.rows("all", "all", "owner") == {
        "rep": {"total": 1, "open": 1, "stage:contact": 1}
    }


def test_deliveries_add_up_and_what_comes_back_is_taken_off(log: Any, memory: Any) -> None:
    about: Any = {"order_id": "o", "customer_id": "acme", "opportunity_id": None}

    def delivered(amount: str, day: int) -> wire.OrderDelivered:
        return wire.OrderDelivered(
            **about, lines=[], amount=_yuan(amount), delivered_on=date(2026, 3, day)
        )

    def told() -> dict[str, dict[str, int]]:
        memory.take(list(log.all()))
        months = [one for each in memory.partitions.values() for one in each.revenue.values()]
        return {
            f"{one.month}-{day}": {name: cents for name, cents in sums.items() if name == "CNY"}
            for one in months
            for day, sums in one.days.items()
        }

    log.say(delivered("60.00", 5), "o", key="acme")
    log.say(delivered("40.00", 9), "o", key="acme")
    assert told() == {"2026-03-05": {"CNY": 6_000}, "2026-03-09": {"CNY": 4_000}}
    back = wire.OrderReturned(
        **about,
        number=1,
        returned_on=date(2026, 4, 1),
        outcome="refund",
        reason="cracked",
        lines=[],
        amount=_yuan("15.50"),
        gross=_yuan("17.52"),
    )
    log.say(back, "o", key="acme")
    rest = {"total": _yuan("120"), "reason": "enough", "is_whole": False}
    log.say(wire.OrderCancelled(**about, **rest), "o", key="acme")
    assert told() == {
        "2026-03-05": {"CNY": 6_000},
        "2026-03-09": {"CNY": 4_000},
        "2026-04-01": {"CNY": -1_550},
    }


def test_money_beyond_64_bits_stays_exact(log: Any, memory: Any, a_deal: Any, yuan: Any) -> None:
    largest = Decimal("9999999999999.99")
    for number in range(12_000):
        deal = f"d{number}"
        log.say(a_deal(deal), deal, key="one", owner="rep")
        log.say(won(deal, str(largest), yuan), deal, key="one", owner="rep")
    memory.take(list(log.all()))
    row = memory.rows("all", "all", "owner")["rep"]
    assert figures(row, "CNY")["won_amount"] == str(largest * 12_000)


def test_the_sample_company_comes_out_as_plain_counting_says(
    sample_log: Any, sample_deals: Any, memory: Any
) -> None:
    records = list(sample_log.all())
    for start in range(0, len(records), 1_000):
        memory.take(records[start : start + 1_000])
    whole = figures(overall(memory.rows("all", "all", "owner").values()), "CNY")
    assert whole["total"] == 8_800
    assert (whole["won"], whole["lost"], whole["open"]) == (4_238, 2_473, 2_089)
    assert whole["won_amount"] == "10005534.00"
    assert whole["win_rate"] == "0.6315"
    assert whole["open_by_stage"] == {"contact": 500, "presentation": 1_589}
    best = figures(memory.rows("all", "all", "owner")["Darcel Schlecht"], "CNY")
    assert best["won_amount"] == "1153214.00"
    for dimension, of in (
        ("owner", lambda deal: deal.owner),
        ("region", lambda deal: deal.region),
        ("customer", lambda deal: deal.customer),
    ):
        counted: dict[str, int] = {}
        for deal in sample_deals:
            key = escaped(of(deal))
            counted[key] = counted.get(key, 0) + 1
        rows = memory.rows("all", "all", dimension)
        assert {key: row["total"] for key, row in rows.items()} == counted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_neither_order_nor_slices_nor_repetition_change_what_comes_out(data: Any) -> None:
    log, straight, shaken = _Log(), _Memory(), _Memory()
    for number in range(data.draw(st.integers(1, 5), label="deals")):
        _say_a_life(log, f"d{number}", data)
    records = list(log.all())
    straight.take(records)

    lines = {at: list(several) for at, several in log.records.items()}
    order: list[Any] = []
    for several in lines.values():
        # A relay that had to send again puts n+1 before n, and repeats what it is unsure of.
        for index in data.draw(
            st.lists(st.integers(0, len(several) - 1), max_size=3), label="swapped"
        ):
            other = min(index + 1, len(several) - 1)
            several[index], several[other] = several[other], several[index]
            several.append(several[index])
        order.append(list(several))
    moved: dict[tuple[str, int], int] = {}
    while any(order):
        line = data.draw(st.sampled_from([one for one in order if one]), label="partition")
        taken = [line.pop(0) for _ in range(data.draw(st.integers(1, 3))) if line]
        renumbered = []
        for record in taken:
            at = (record.topic, record.partition)
            renumbered.append(_at(record, moved.get(at, 0)))
            moved[at] = moved.get(at, 0) + 1
        shaken.take(renumbered)
    assert shaken.everything() == straight.everything()
    assert shaken.timers() == straight.timers()
    assert shaken.marks == straight.marks
    assert not shaken.kept


def test_an_event_that_comes_too_early_waits_for_its_predecessor(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    first = log.say(a_deal("d1"), "d1", owner="rep")
    second = log.say(won("d1", "10", yuan), "d1", owner="rep")
    memory.take([_at(second, 0)])
    assert [kept.why for kept in memory.kept.values()] == ["gap"]
    assert memory.state("opportunity:d1").waiting == 1
    memory.take([_at(first, 1), _at(second, 2)])
    assert not memory.kept
    assert memory.state("opportunity:d1").waiting == 0
    assert memory.state("opportunity:d1").status == "won"


def test_a_poison_holds_its_own_aggregate_and_nobody_else(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    log.say(a_deal("d1"), "d1", key="one", owner="rep", value=b'{"stage": 7}')
    log.say(won("d1", "10", yuan), "d1", key="one", owner="rep")
    log.say(a_deal("d2"), "d2", key="one", owner="rep")
    memory.take(list(log.all()))
    assert {kept.sequence: kept.why for kept in memory.kept.values()} == {1: "poison", 2: "behind"}
    assert memory.state("opportunity:d2").status == "open"


def test_a_skipped_event_is_passed_over_and_what_waits_behind_it_goes_on(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    log.say(a_deal("d1"), "d1", key="one", owner="rep", value=b"{}")
    log.say(a_deal("d1"), "d1", key="one", owner="rep")
    memory.skipped.add("opportunity:d1:1")
    memory.take(list(log.all()))
    assert not memory.kept
    assert memory.state("opportunity:d1").seq == 2


def test_a_type_that_means_nothing_here_still_counts_as_seen(
    log: Any, memory: Any, a_deal: Any, yuan: Any
) -> None:
    log.say(a_deal("d1"), "d1", owner="rep")
    intent = wire.IntentChanged(opportunity_id="d1", intent="strong", previous_intent="none")
    log.say(intent, "d1", owner="rep")
    memory.take(list(log.all()))
    assert memory.state("opportunity:d1").seq == 2


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("ce_type", None),),
        (("ce_type", b"tianlong.opportunity.won.v1"),),
        (("ce_type", b"tianlong.opportunity.won.v1"), ("ce_subject", b"\xff\xfe")),
        (
            ("ce_type", b"tianlong.opportunity.won.v1"),
            ("ce_subject", b"d1"),
            ("ce_time", b"2026-03-02T04:00:00Z"),
            ("ce_sequence", b"one"),
        ),
    ],
)
def test_headers_that_cannot_be_read_are_told_and_never_raise(log: Any, headers: Any) -> None:
    record = log.say(wire.ProductWithdrawn(product_id="p"), "p")
    broken = _with(record, headers=headers)
    assert isinstance(Door(frozenset({"opportunity"})).read(broken), Unreadable)


def test_a_stage_has_a_timer_until_the_deal_moves_on(log: Any, memory: Any, a_deal: Any) -> None:
    log.say(a_deal("d1", norm_days=14), "d1", owner="rep")
    memory.take(list(log.all()))
    assert {key: timer.due_at for key, timer in memory.timers().items()} == {
        "stage-over-norm:d1:1": NOON + timedelta(days=14)
    }
    advanced = wire.StageAdvanced(
        opportunity_id="d1",
        stage=wire.StageRef(number=2, code="needs", norm_days=7),
        previous_stage=STAGE,
    )
    memory.take([log.say(advanced, "d1", owner="rep", at=NOON + timedelta(days=3))])
    assert {key: timer.due_at for key, timer in memory.timers().items()} == {
        "stage-over-norm:d1:2": NOON + timedelta(days=10)
    }
    # Nobody can have judged the first timer yet, so nothing has to be cleared.
    assert memory.marks == {}


def test_a_fact_that_comes_when_an_alert_may_stand_leaves_a_mark(
    log: Any, memory: Any, yuan: Any
) -> None:
    planned = wire.FollowUpPlanned(
        follow_up_id="f1",
        opportunity_id="d1",
        customer_id=None,
        owner_id="rep",
        terms=wire.FollowUpTerms(at=NOON, method="phone"),
        due_at=NOON + timedelta(hours=24),
    )
    log.say(planned, "f1", owner="rep")
    done = wire.FollowUpDone(
        follow_up_id="f1", opportunity_id="d1", customer_id=None, result="ok", done_at=NOON
    )
    log.say(done, "f1", owner="rep", at=NOON + timedelta(hours=30))
    memory.take(list(log.all()))
    assert memory.timers() == {}
    assert memory.marks["follow-up-overdue:f1:1"].by == "follow_up:f1:2"


def test_what_the_pipeline_told_as_due_stands_until_it_is_told_as_settled(
    log: Any, memory: Any, a_deal: Any
) -> None:
    log.say(a_deal("d1"), "d1", owner="rep")
    told = {"opportunity_id": "d1", "customer_id": None, "since": NOON, "due_on": NOON.date()}
    log.say(wire.OpportunityRecheckDue(**told), "d1", owner="rep")
    log.say(wire.OpportunityJudgementDue(**told, continued=0), "d1", owner="rep")
    handed = wire.OpportunityOwnerChanged(
        opportunity_id="d1", owner_id="other", previous_owner_id="rep"
    )
    log.say(handed, "d1", owner="other")
    settled = wire.OpportunityDueSettled(opportunity_id="d1", customer_id=None, settled=["recheck"])
    log.say(settled, "d1", owner="other")
    memory.take(list(log.all()))
    due = {key: timer for key, timer in memory.timers().items() if "due" in key}
    assert {key: timer.owner for key, timer in due.items()} == {"judgement-due:d1:3": "other"}
    assert memory.marks["recheck-due:d1:2"].by == "opportunity:d1:5"


def test_a_follow_up_that_goes_to_another_owner_is_that_ones_to_do(log: Any, memory: Any) -> None:
    planned = wire.FollowUpPlanned(
        follow_up_id="f1",
        opportunity_id="d1",
        customer_id=None,
        owner_id="rep",
        terms=wire.FollowUpTerms(at=NOON, method="phone"),
        due_at=NOON + timedelta(hours=24),
    )
    log.say(planned, "f1", owner="rep")
    handed = wire.FollowUpOwnerChanged(
        follow_up_id="f1", opportunity_id="d1", owner_id="other", previous_owner_id="rep"
    )
    log.say(handed, "f1", owner="other")
    memory.take(list(log.all()))
    assert [timer.owner for timer in memory.timers().values()] == ["other"]


def test_a_product_goes_by_its_newest_name(log: Any, memory: Any) -> None:
    before = wire.ProductProfile(name="GTX Pro", code="GTX-PRO", line="GTX")
    after = wire.ProductProfile(name="GTX Pro 2", code="GTX-PRO", line="GTX")
    log.say(wire.ProductListed(product_id="gtx", profile=before), "gtx")
    renamed = wire.ProductUpdated(
        product_id="gtx", profile=after, previous={"name": "GTX Pro"}, changed=["name"]
    )
    log.say(renamed, "gtx")
    memory.take(list(log.all()))
    assert memory.state("product:gtx").name == "GTX Pro 2"


def test_timers_of_imported_records_start_at_the_import(log: Any, memory: Any, a_deal: Any) -> None:
    long_ago = NOON - timedelta(days=400)
    log.say(a_deal("d1", norm_days=14), "d1", owner="rep", occurred_at=long_ago, origin="import")
    memory.take(list(log.all()))
    (timer,) = memory.timers().values()
    assert timer.due_at == NOON + timedelta(days=14)


def test_buyer_and_seller_far_apart_are_an_alert_until_they_come_together(
    log: Any, memory: Any, a_deal: Any
) -> None:
    def apart(*, is_misaligned: bool) -> wire.MisalignmentChanged:
        return wire.MisalignmentChanged(
            opportunity_id="d1",
            is_misaligned=is_misaligned,
            misalignment=2 if is_misaligned else 1,
            at_stage=5,
            buyer_stage=3,
        )

    log.say(a_deal("d1", norm_days=None), "d1", owner="rep")
    log.say(apart(is_misaligned=True), "d1", owner="rep", at=NOON + timedelta(days=1))
    memory.take(list(log.all()))
    (timer,) = memory.timers().values()
    assert (timer.key, timer.due_at) == ("buyer-misaligned:d1:2", NOON + timedelta(days=1))
    assert timer.details["gap"] == "+2"
    closer = log.say(apart(is_misaligned=False), "d1", owner="rep", at=NOON + timedelta(days=2))
    memory.take([closer])
    assert memory.timers() == {}
    assert memory.marks["buyer-misaligned:d1:2"].by == "opportunity:d1:3"


def test_a_newer_version_of_a_process_changes_the_norm_and_not_the_clock(
    log: Any, memory: Any, a_deal: Any
) -> None:
    log.say(a_deal("d1", norm_days=14), "d1", owner="rep")
    changed = wire.TemplateVersionChanged(
        opportunity_id="d1",
        template="standard",
        version=2,
        previous_version=1,
        stage=wire.StageRef(number=1, code=STAGE.code, norm_days=30),
        previous_stage=STAGE,
        buyer_stage=None,
        previous_buyer_stage=None,
        dropped=[],
        owed=[],
    )
    log.say(changed, "d1", owner="rep", at=NOON + timedelta(days=3))
    memory.take(list(log.all()))
    assert {key: timer.due_at for key, timer in memory.timers().items()} == {
        "stage-over-norm:d1:1": NOON + timedelta(days=30)
    }


def test_a_parked_deal_is_open_and_has_no_timer(log: Any, memory: Any, a_deal: Any) -> None:
    log.say(a_deal("d1", norm_days=14), "d1", owner="rep")
    log.say(wire.OpportunityParked(opportunity_id="d1", is_parked=True), "d1", owner="rep")
    memory.take(list(log.all()))
    assert memory.timers() == {}
    assert memory.rows("all", "all", "owner")["rep"]["open"] == 1


@given(st.text(max_size=30))
def test_a_key_survives_being_a_field_name(key: str) -> None:
    assert "." not in escaped(key)
    assert not escaped(key).startswith("$")
    assert unescaped(escaped(key)) == (key or None)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(-5, 900))
def test_a_range_covers_each_of_its_days_exactly_once(since: date, length: int) -> None:
    until = since + timedelta(days=length)
    covered: list[date] = []
    for first, last in bucket_ranges(since, until):
        day = since - timedelta(days=40)
        while day <= until + timedelta(days=40):
            bucket = ("d" if first[0] == "d" else "m") + (
                day.isoformat() if first[0] == "d" else day.isoformat()[:7]
            )
            if first <= bucket <= last:
                covered.append(day)
            day += timedelta(days=1)
    assert sorted(covered) == [since + timedelta(days=n) for n in range(max(length, 0))]


@given(st.lists(st.integers(0, 40), max_size=30))
def test_the_median_of_counted_days_is_the_median(days: list[int]) -> None:
    import statistics

    counted = {one: days.count(one) for one in days}
    assert median(list(counted.items())) == (statistics.median(days) if days else None)


_Log: Callable[[], Any]
_Memory: Callable[[], Any]
_deal: Callable[..., Any]
_yuan: Callable[..., Any]


@pytest.fixture(autouse=True)
def _factories(new_log: Any, new_memory: Any, a_deal: Any, yuan: Any) -> None:
    """Hypothesis calls a test many times; each run wants a log and a memory of its own."""
    global _Log, _Memory, _deal, _yuan
    _Log, _Memory, _deal, _yuan = new_log, new_memory, a_deal, yuan


def _say_a_life(log: Any, deal: str, data: Any) -> None:
    customer = data.draw(st.sampled_from(["acme", "beta", None]), label="customer")
    key = customer or deal
    opened_on = data.draw(st.sampled_from([None, date(2026, 2, 27), date(2026, 3, 2)]))
    log.say(
        _deal(deal, customer=customer, opened_on=opened_on, norm_days=5),
        deal,
        key=key,
        owner="rep",
        team="red",
        origin=data.draw(st.sampled_from([None, "import"])),
    )
    at = NOON
    for _ in range(data.draw(st.integers(0, 5), label="events")):
        at += timedelta(days=data.draw(st.integers(0, 4)))
        owner = data.draw(st.sampled_from(["rep", "heir"]))
        fact = data.draw(
            st.sampled_from(
                [
                    wire.StageAdvanced(
                        opportunity_id=deal,
                        stage=wire.StageRef(number=2, code="needs", norm_days=3),
                        previous_stage=STAGE,
                    ),
                    won(deal, "12.34", _yuan, date(2026, 3, 31)),
                    wire.OpportunityLost(
                        opportunity_id=deal,
                        customer_id=customer,
                        reasons=["price"],
                        opened_on=None,
                        closed_on=date(2026, 4, 1),
                        previous_stage=STAGE,
                    ),
                    wire.OpportunityReopened(
                        opportunity_id=deal,
                        stage=STAGE,
                        previous_status="won",
                        previous_amount=None,
                        previous_closed_on=None,
                        reason="again",
                    ),
                    wire.OpportunityOwnerChanged(
                        opportunity_id=deal, owner_id=owner, previous_owner_id="rep"
                    ),
                    wire.OpportunityParked(opportunity_id=deal, is_parked=owner == "rep"),
                ]
            ),
            label="fact",
        )
        log.say(fact, deal, key=key, at=at, owner=owner, team="red" if owner == "rep" else "blue")
    if customer is not None:
        order = f"o-{deal}"
        log.say(
            wire.OrderPlaced(
                order_id=order,
                number=order,
                customer_id=customer,
                opportunity_id=deal,
                owner_id="rep",
                lines=[],
                total=_yuan("12.34"),
                placed_on=date(2026, 3, 30),
            ),
            order,
            key=key,
        )
        log.say(
            wire.OrderDelivered(
                order_id=order,
                customer_id=customer,
                opportunity_id=deal,
                lines=[],
                amount=_yuan("12.34"),
                delivered_on=date(2026, 3, 31),
            ),
            order,
            key=key,
        )


def _at(record: Any, offset: int) -> Any:
    return _with(record, offset=offset)


def _with(record: Any, **changes: Any) -> Any:
    import dataclasses

    return dataclasses.replace(record, **changes)


def test_a_late_hand_over_is_an_alert_until_delivery_accepts_it(log: Any, memory: Any) -> None:
    of_deal: dict[str, Any] = {
        "hand_over_id": "d1",
        "opportunity_id": "d1",
        "customer_id": "c1",
        "owner_id": "rep",
    }
    due_on = NOON.date()
    log.say(wire.HandOverOpened(**of_deal, round=1, due_on=due_on), "d1", owner="rep")
    log.say(wire.HandOverOverdue(**of_deal, due_on=due_on), "d1", owner="rep")
    memory.take(list(log.all()))
    assert [(key, one.owner) for key, one in memory.timers().items()] == [
        ("hand-over-overdue:d1:2", "rep")
    ]
    accepted = wire.HandOverAccepted(**of_deal, accepted_by="other", comment=None)
    log.say(accepted, "d1", owner="rep")
    memory.take(list(log.all()))
    assert memory.timers() == {}
    assert memory.marks["hand-over-overdue:d1:2"].by == "hand_over:d1:3"
