"""Gates: what proves a milestone, what blocks a move, what a superior may waive."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from chassis.facts import facts_of
from chassis.problems import ValidationFailed
from contracts.values import Money
from pipeline.evidence.model import Evidence, Findings, Met
from pipeline.opportunities.model import (
    BuyerStageDoubted,
    ExpectedCloseChanged,
    GateClosed,
    Holder,
    MilestoneInvalidated,
    MilestoneProven,
    MisalignmentChanged,
    MoveNotAllowed,
    Opportunity,
    OpportunityClosed,
    OpportunityUpdated,
    StageAdvanced,
    WaivedByOneself,
    WaiversExhausted,
    open_opportunity,
    record_refusal,
)
from pipeline.products.model import Line
from pipeline.templates.model import Milestone, Process, require_finishable
from pipeline.templates.store import shipped

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
TODAY = date(2026, 3, 2)
PROJECT, STANDARD, SIMPLE = shipped("project", 1), shipped("standard", 1), shipped("simple", 1)
ROLES = {"boss": "decision_maker", "porter": None}


def a_deal(template: str = "project", stage: int = 1, **values: Any) -> Opportunity:
    terms = {"name": "A plant", "customer_id": "customer-1"} | values
    return open_opportunity(
        shipped(template, 1),
        Holder(staff_id="rep-1", team_id="team-1", region="East"),
        terms,
        identifier="deal-1",
        stage=stage,
        opened_on=TODAY,
        now=NOW,
    )


def a_fact(kind: str, number: int = 1, **more: Any) -> Evidence:
    return Evidence(
        id=f"{kind}:{number}",
        kind=kind,
        event_id=f"visit:{number}:1",
        at=NOW + timedelta(minutes=number),
        customer_id="customer-1",
        opportunity_ids=["deal-1"],
        **more,
    )


def an_appointment(number: int = 1) -> Evidence:
    return a_fact("appointment_made", number, met=[Met(contact_id="boss")])


def a_survey(who: str = "boss", number: int = 5, **findings: Any) -> Evidence:
    known: dict[str, Any] = {
        "budget_range": "1-2M",
        "purchase_on": date(2026, 9, 1),
        "purchase_method": "tender",
    } | findings
    return a_fact("survey_taken", number, met=[Met(contact_id=who)], findings=Findings(**known))


def missing(closed: pytest.ExceptionInfo[GateClosed]) -> list[str]:
    return closed.value.missing


def test_a_closed_gate_lists_what_is_missing_and_what_would_prove_it() -> None:
    deal = a_deal()
    with pytest.raises(GateClosed) as closed:
        deal.advance(PROJECT, 2, now=NOW)
    assert missing(closed) == ["appointment", "approved_plan"]
    told = closed.value.document("en")
    assert told["type"] == "/problems/gate-closed"
    assert "approved visit plan" in told["missing"][1]["proof"]
    assert "拜访计划" in closed.value.document("zh-CN")["missing"][1]["proof"]
    assert deal.stage == 1


def test_facts_open_the_gate_and_each_proof_names_its_event() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [an_appointment(), a_fact("visit_plan_approved", 2)], ROLES)
    deal.advance(PROJECT, 2, now=NOW + timedelta(days=3))
    proofs = [fact for fact in facts_of(deal) if isinstance(fact, MilestoneProven)]
    assert [(fact.milestone, fact.proof) for fact in proofs] == [
        ("appointment", "visit:1:1"),
        ("approved_plan", "visit:2:1"),
    ]
    moved = facts_of(deal)[-1]
    assert isinstance(moved, StageAdvanced)
    assert (moved.stage.code, moved.days_in_previous) == ("survey", Decimal("3.00"))


def test_a_time_without_a_person_is_no_appointment() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [a_fact("appointment_made")], ROLES)
    assert "appointment" not in deal.milestones


def test_a_survey_counts_only_with_somebody_who_has_a_role_in_buying() -> None:
    deal = a_deal(stage=2)
    deal.learn(PROJECT, [a_survey("porter"), a_survey("stranger", 6)], ROLES)
    assert "first_survey" not in deal.milestones
    deal.learn(PROJECT, [a_survey("boss", 7)], ROLES)
    assert deal.milestones["first_survey"].proof == "visit:7:1"


def test_what_the_survey_left_open_may_stand_on_the_deal() -> None:
    vague = a_survey(budget_range=None, purchase_on=None)
    deal = a_deal(stage=2)
    deal.learn(PROJECT, [vague], ROLES)
    assert "first_survey" not in deal.milestones
    deal.update({"budget_range": "1-2M", "purchase_on": date(2026, 9, 1)}, now=NOW)
    deal.learn(PROJECT, [vague], ROLES)
    deal.advance(PROJECT, 3, now=NOW)


def test_a_demonstration_needs_the_stance_of_all_who_were_there() -> None:
    deal = a_deal(stage=4)
    half = [Met(contact_id="boss", stance=1), Met(contact_id="porter")]
    deal.learn(PROJECT, [a_fact("demonstration_held", met=half)], ROLES)
    assert "demonstration" not in deal.milestones
    whole = [Met(contact_id="boss", stance=1), Met(contact_id="porter", stance=-1)]
    deal.learn(PROJECT, [a_fact("demonstration_held", 2, met=whole)], ROLES)
    assert deal.milestones["demonstration"].is_met


def test_later_evidence_proves_earlier_milestones_and_early_evidence_later_ones() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [a_survey()], ROLES)
    assert deal.milestones["first_survey"].stage == 2
    deal.learn(PROJECT, [an_appointment(9), a_fact("visit_plan_approved", 10)], ROLES)
    deal.advance(PROJECT, 3, now=NOW)
    assert deal.stage == 3


def test_skipping_needs_all_gates_in_between() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [an_appointment(), a_fact("visit_plan_approved", 2)], ROLES)
    with pytest.raises(GateClosed) as closed:
        deal.advance(PROJECT, 3, now=NOW)
    assert missing(closed) == ["first_survey"]


def test_nobody_waives_on_a_deal_of_ones_own() -> None:
    deal = a_deal(stage=3)
    with pytest.raises(WaivedByOneself):
        deal.waive(PROJECT, ["proposal"], by="rep-1", reason="trust me", now=NOW)
    deal.waive(PROJECT, ["proposal"], by="boss-1", reason="known customer", now=NOW)
    assert deal.milestones["proposal"].waived_by == "boss-1"


def test_what_is_no_milestone_cannot_be_waived() -> None:
    with pytest.raises(ValidationFailed):
        a_deal().waive(PROJECT, ["buyer_stage"], by="boss-1", reason="no", now=NOW)


def test_from_the_third_stage_on_the_buyer_may_lag_by_one_at_most() -> None:
    deal = a_deal(stage=3)
    deal.waive(PROJECT, ["proposal"], by="boss-1", reason="known", now=NOW)
    with pytest.raises(GateClosed) as closed:
        deal.advance(PROJECT, 4, now=NOW)
    assert missing(closed) == ["buyer_stage"]
    deal.set_buyer_stage(PROJECT, 3, "visit:1:3")
    deal.advance(PROJECT, 4, now=NOW)


def test_withdrawn_evidence_flags_the_milestone_and_blocks_the_next_move_only() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [an_appointment(), a_fact("visit_plan_approved", 2)], ROLES)
    deal.advance(PROJECT, 2, now=NOW)
    deal.learn(PROJECT, [a_survey()], ROLES)
    deal.doubt("visit:2:1", "the plan was changed")
    flagged = facts_of(deal)[-1]
    assert isinstance(flagged, MilestoneInvalidated)
    assert (flagged.milestone, deal.stage) == ("approved_plan", 2)
    with pytest.raises(GateClosed) as closed:
        deal.advance(PROJECT, 3, now=NOW)
    assert missing(closed) == ["approved_plan"]
    deal.learn(PROJECT, [a_fact("visit_plan_approved", 8)], ROLES)
    deal.advance(PROJECT, 3, now=NOW)


def test_a_withdrawn_fact_proves_nothing() -> None:
    deal = a_deal()
    withdrawn = a_fact("visit_plan_approved", withdrawn_by="visit_plan:1:3")
    deal.learn(PROJECT, [withdrawn], ROLES)
    assert not deal.milestones


def test_needs_on_the_deal_prove_themselves_until_they_are_removed() -> None:
    deal = a_deal("standard", stage=2)
    deal.update({"need": "steam"}, now=NOW)
    told_by = deal.position
    deal.learn(STANDARD, [], {})
    assert deal.milestones["needs"].proof == told_by
    deal.update({"need": None}, now=NOW)
    with pytest.raises(GateClosed):
        deal.advance(STANDARD, 3, now=NOW)


def test_a_standard_deal_is_won_with_an_order() -> None:
    deal = a_deal("standard", need="steam")
    deal.learn(STANDARD, [a_fact("contact_held"), a_fact("order_placed", 2)], {})
    with pytest.raises(GateClosed) as closed:
        deal.win(STANDARD, amount=Money(Decimal(10), "CNY"), closed_on=TODAY, now=NOW)
    assert missing(closed) == ["quote"]
    deal.waive(STANDARD, ["quote"], by="boss-1", reason="agreed by phone", now=NOW)
    deal.win(STANDARD, amount=Money(Decimal(10), "CNY"), closed_on=TODAY, now=NOW)
    assert (deal.status, deal.stage, deal.probability(STANDARD)) == ("won", 6, Decimal(1))
    deal.advance(STANDARD, 7, now=NOW)


def test_project_sales_are_won_with_the_sealed_contract_and_the_money_in_advance() -> None:
    deal = a_deal(stage=8)
    deal.set_buyer_stage(PROJECT, 7, "visit:1:3")
    with pytest.raises(GateClosed) as closed:
        deal.win(PROJECT, amount=Money(Decimal(10), "CNY"), closed_on=TODAY, now=NOW)
    assert missing(closed) == ["advance_payment", "sealed_contract"]


def test_simple_sales_begin_with_developing_the_customer() -> None:
    with pytest.raises(MoveNotAllowed):
        a_deal("simple", stage=3)
    deal = a_deal("simple", need="tea")
    deal.advance(SIMPLE, 2, now=NOW)
    with pytest.raises(GateClosed) as closed:
        deal.advance(SIMPLE, 4, now=NOW)
    assert missing(closed) == ["customer_developed", "needs"]


def test_winning_needs_an_amount_and_a_customer() -> None:
    deal = a_deal("standard", customer_id=None)
    with pytest.raises(ValidationFailed) as wrong:
        deal.win(STANDARD, amount=None, closed_on=TODAY - timedelta(days=1), now=NOW)
    assert [error.pointer for error in wrong.value.errors] == [
        "/amount",
        "/customer_id",
        "/closed_on",
    ]


def test_losing_is_always_allowed_and_ends_parking() -> None:
    deal = a_deal()
    deal.park(date(2026, 6, 1), "budget next year")
    deal.lose(PROJECT, reasons=["price"], closed_on=TODAY)
    assert (deal.status, deal.is_parked, deal.stage) == ("lost", False, 1)
    with pytest.raises(OpportunityClosed):
        deal.advance(PROJECT, 2, now=NOW)


def test_a_reopened_deal_stands_where_it_stood_and_passes_its_gates_anew() -> None:
    deal = a_deal("standard", need="steam")
    deal.learn(STANDARD, [a_fact("contact_held"), a_fact("order_placed", 2)], {})
    deal.waive(STANDARD, ["quote"], by="boss-1", reason="agreed", now=NOW)
    deal.win(STANDARD, amount=Money(Decimal(10), "CNY"), closed_on=TODAY, now=NOW)
    deal.reopen(STANDARD, "returned", today=TODAY + timedelta(days=10), now=NOW)
    assert (deal.status, deal.stage, deal.won_amount) == ("open", 1, None)
    deal.lose(STANDARD, reasons=["price"], closed_on=TODAY)
    with pytest.raises(MoveNotAllowed):
        deal.reopen(STANDARD, "again", today=TODAY + timedelta(days=181), now=NOW)


def test_a_deal_that_entered_midway_has_no_time_in_its_first_stage() -> None:
    deal = a_deal(stage=5, need="steam")
    assert deal.is_mid_way
    deal.waive(PROJECT, ["feasibility", "formal_offer"], by="boss-1", reason="late", now=NOW)
    deal.learn(PROJECT, [], {})
    deal.set_buyer_stage(PROJECT, 5, "visit:1:3")
    deal.advance(PROJECT, 6, now=NOW)
    moved = facts_of(deal)[-1]
    assert isinstance(moved, StageAdvanced)
    assert moved.days_in_previous is None


def test_moving_back_keeps_what_is_proven() -> None:
    deal = a_deal()
    deal.learn(PROJECT, [an_appointment(), a_fact("visit_plan_approved", 2)], ROLES)
    deal.advance(PROJECT, 2, now=NOW)
    deal.move_back(PROJECT, 1, "new people", now=NOW)
    deal.advance(PROJECT, 2, now=NOW)
    assert deal.stage == 2


def test_the_amount_follows_the_lines_and_the_product_the_largest_of_them() -> None:
    lines = [
        Line(product_id="small", quantity=Decimal(1), amount=Money(Decimal(10), "CNY")),
        Line(product_id="large", quantity=Decimal(2), amount=Money(Decimal(90), "CNY")),
    ]
    deal = a_deal(amount=Money(Decimal(5), "CNY"))
    deal.update({"lines": lines}, now=NOW)
    assert deal.terms.amount == Money(Decimal(100), "CNY")
    assert (deal.terms.amount_source, deal.terms.product_id) == ("lines", "large")
    updated = facts_of(deal)[-1]
    assert isinstance(updated, OpportunityUpdated)
    assert updated.changed == ["amount", "amount_source", "lines", "product_id"]
    with pytest.raises(ValidationFailed):
        deal.update({"amount": Money(Decimal(7), "CNY")}, now=NOW)
    deal.update({"lines": [], "amount": Money(Decimal(7), "CNY")}, now=NOW)
    assert deal.terms.amount_source == "estimate"


def test_only_a_later_expected_close_is_a_slip() -> None:
    deal = a_deal()
    for month in (6, 5, 9, 12):
        deal.update({"expected_close_on": date(2026, month, 1)}, now=NOW)
    changes = [fact for fact in facts_of(deal) if isinstance(fact, ExpectedCloseChanged)]
    assert [fact.slips for fact in changes] == [0, 0, 1, 2]
    assert not any(isinstance(fact, OpportunityUpdated) for fact in facts_of(deal))


def test_nothing_changed_is_no_fact() -> None:
    deal = a_deal()
    before = deal.version
    deal.update({"name": "A plant"}, now=NOW)
    deal.change_intent("none")
    deal.wake()
    assert deal.version == before


def test_the_same_refusal_is_one_aggregate_and_another_one_is_another() -> None:
    deal = a_deal()
    refusals = []
    for to_stage in (2, 2, 3):
        with pytest.raises(GateClosed) as closed:
            deal.advance(PROJECT, to_stage, now=NOW)
        refusals.append(record_refusal(deal, closed.value))
    assert refusals[0].id == refusals[1].id != refusals[2].id
    assert refusals[0].rights_of == "opportunity:deal-1"


def test_a_contract_counts_before_a_quote_and_both_before_an_estimate() -> None:
    def worth(amount: str) -> Money:
        return Money(amount=Decimal(amount), currency="CNY")

    deal = a_deal(amount=worth("100.00"))
    deal.take_amount("quote", worth("90.00"))
    deal.take_amount("contract", worth("85.00"))
    assert (deal.terms.amount, deal.terms.amount_source) == (worth("85.00"), "contract")
    with pytest.raises(ValidationFailed):
        deal.update({"amount": worth("70.00")}, now=NOW)
    deal.take_amount("contract", None)
    assert (deal.terms.amount, deal.terms.amount_source) == (worth("90.00"), "quote")
    deal.take_amount("quote", None)
    assert (deal.terms.amount, deal.terms.amount_source) == (worth("100.00"), "estimate")


def ordered(*, most_waivers: int | None = None, is_waivable: bool = True) -> Process:
    """A process whose offer counts only after the needs, and these after the contact."""

    def milestone(code: str, proof: str, *after: str) -> Milestone:
        return Milestone(
            code=code, zh=code, en=code, proof=proof, after=list(after), is_waivable=is_waivable
        )

    gate = [
        milestone("offer", "quote_sent", "needs"),
        milestone("needs", "needs_recorded", "contact"),
        milestone("contact", "contact_held"),
    ]
    first = replace(STANDARD.stages[0], gate=gate)
    rules = replace(STANDARD.rules, most_waivers=most_waivers)
    known = replace(STANDARD, stages=[first, *STANDARD.stages[1:]], rules=rules, closing=[])
    stages = [replace(one, gate=[]) if one.number > 1 else one for one in known.stages]
    known = replace(known, stages=stages)
    require_finishable(known)
    return known


def test_a_milestone_counts_only_after_those_it_comes_after() -> None:
    known, deal = ordered(), a_deal("standard")
    deal.learn(known, [a_fact("quote_sent")], {})
    assert deal.milestones == {}
    states = [each.state for each in deal.standing(known, 2, [a_fact("quote_sent")])]
    assert states == ["missing", "missing", "missing"]
    need = a_survey(need="steam")
    told = [a_fact("contact_held", 2), need, a_fact("quote_sent")]
    assert [each.state for each in deal.standing(known, 2, told, ROLES)] == ["provable"] * 3
    deal.learn(known, told, ROLES)
    deal.advance(known, 2, now=NOW)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_facts_and_their_withdrawal_come_in_any_order(order: tuple[int, ...]) -> None:
    """Whatever comes first, the deal ends up with what stands: late, early or withdrawn."""
    known, deal = ordered(), a_deal("standard")
    first, second = a_fact("contact_held", 1), a_fact("contact_held", 2)
    need, quote = a_survey(need="steam"), a_fact("quote_sent", 9)
    seen: list[Evidence] = []
    for place in order:
        seen.append([first, second, need, quote][place])
        deal.learn(known, seen, ROLES)
    deal.doubt(first.event_id, "withdrawn")
    standing = [replace(fact, withdrawn_by="x") if fact == first else fact for fact in seen]
    deal.check(standing)
    deal.learn(known, standing, ROLES)
    assert deal.milestones["contact"].proof == second.event_id
    assert all(held.is_met for held in deal.milestones.values())
    deal.advance(known, 2, now=NOW)


def test_the_process_says_how_many_milestones_may_be_waived_and_which() -> None:
    deal, known = a_deal("standard"), ordered(most_waivers=2)
    deal.waive(known, ["contact"], by="boss-1", reason="known", now=NOW)
    with pytest.raises(WaiversExhausted):
        deal.waive(known, ["needs", "offer"], by="boss-1", reason="known", now=NOW)
    deal.waive(known, ["needs", "contact"], by="boss-1", reason="known", now=NOW)
    assert (deal.waivers, deal.milestones["needs"].state) == (2, "waived")
    with pytest.raises(ValidationFailed) as refused:
        a_deal("standard").waive(
            ordered(is_waivable=False), ["offer"], by="boss-1", reason="please", now=NOW
        )
    assert refused.value.errors[0].code == "not-waivable"


def test_a_doubted_buyers_stage_holds_the_deal_where_it_is() -> None:
    deal = a_deal(stage=3)
    deal.waive(PROJECT, ["proposal"], by="boss-1", reason="known", now=NOW)
    deal.set_buyer_stage(PROJECT, 3, "visit:1:3")
    deal.doubt("visit:1:3", "the visit never took place")
    assert isinstance(facts_of(deal)[-1], BuyerStageDoubted)
    with pytest.raises(GateClosed) as closed:
        deal.advance(PROJECT, 4, now=NOW)
    assert (missing(closed), deal.buyer_stage) == (["buyer_stage"], 3)
    deal.set_buyer_stage(PROJECT, 3, "visit:2:3")
    deal.advance(PROJECT, 4, now=NOW)


def test_too_far_apart_is_told_once_and_so_is_coming_together() -> None:
    deal = a_deal(stage=5, need="steam")
    deal.set_buyer_stage(PROJECT, 2, "visit:1:3")
    deal.set_buyer_stage(PROJECT, 3, "visit:2:3")
    deal.set_buyer_stage(PROJECT, 4, "visit:3:3")
    told = [fact for fact in facts_of(deal) if isinstance(fact, MisalignmentChanged)]
    assert [(fact.is_misaligned, fact.misalignment) for fact in told] == [(True, 3), (False, 1)]
    deal.move_back(PROJECT, 2, "new people", now=NOW)
    assert deal.is_misaligned
    deal.lose(PROJECT, reasons=["price"], closed_on=TODAY)
    last = facts_of(deal)[-1]
    assert isinstance(last, MisalignmentChanged)
    assert (last.is_misaligned, last.misalignment) == (False, None)


def test_a_process_may_list_its_own_reasons_for_losing() -> None:
    rules = replace(STANDARD.rules, lost_reasons=["price"])
    known, deal = replace(STANDARD, rules=rules), a_deal("standard")
    with pytest.raises(ValidationFailed) as other:
        deal.lose(known, reasons=["price", "withdrew"], closed_on=TODAY)
    assert other.value.errors[0].pointer == "/reasons/1"
    deal.lose(known, reasons=["price"], closed_on=TODAY)
