"""Any sequence of commands: there is no path around a gate, and history tells the whole deal."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.facts import facts_of
from chassis.problems import Refused
from contracts.values import Money
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pipeline.evidence.model import Evidence, Findings, Met
from pipeline.opportunities import model
from pipeline.opportunities.model import Holder, Opportunity, open_opportunity
from pipeline.templates.model import PROOF_KINDS, Process
from pipeline.templates.store import shipped

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
KINDS = sorted(PROOF_KINDS)
ROLES = {"boss": "decision_maker"}


class Deals(RuleBasedStateMachine):
    """The machine keeps its own account of what is proven, waived and withdrawn."""

    deal: Opportunity
    known: Process

    @initialize(
        template=st.sampled_from(["project", "standard", "simple"]), stage=st.integers(1, 8)
    )
    def opened(self, template: str, stage: int) -> None:
        self.known = shipped(template, 1)
        furthest = self.known.rules.enter_up_to or self.known.last_open_stage
        self.now = START
        self.met: dict[str, str] = {}
        self.lost_proof: set[str] = set()
        self.facts_given: list[Evidence] = []
        self.deal = open_opportunity(
            self.known,
            Holder(staff_id="rep"),
            {"name": "A plant", "customer_id": "c", "amount": Money(Decimal(9), "CNY")},
            identifier="deal",
            stage=min(stage, furthest),
            opened_on=START.date(),
            now=START,
        )

    @property
    def today(self) -> date:
        return self.now.date()

    @rule(days=st.integers(0, 40))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(kind=st.sampled_from(KINDS), is_whole=st.booleans())
    def a_fact_arrives(self, kind: str, is_whole: bool) -> None:
        number = len(self.facts_given) + 1
        fact = Evidence(
            id=f"{kind}:{number}",
            kind=kind,
            event_id=f"fact:{number}:1",
            at=self.now,
            opportunity_ids=["deal"],
            met=[Met(contact_id="boss", stance=1)] if is_whole else [],
            findings=Findings(
                need="steam" if is_whole else None,
                budget_range="1M",
                purchase_on=self.today,
                purchase_method="tender",
            ),
        )
        self.facts_given.append(fact)
        before = {code for code, held in self.deal.milestones.items() if held.is_met}
        self.deal.learn(self.known, [fact], ROLES)
        for code, held in self.deal.milestones.items():
            if held.is_met and code not in before:
                found = self.known.milestone(code)
                assert found is not None
                # Only a fact of the asked kind, or whatever told the need, proves anything.
                asked = found[1].proof
                told_by = self.deal.need_told_by
                if told_by is not None and held.proof == told_by.event_id:
                    assert asked == "needs_recorded"
                else:
                    assert held.proof == fact.event_id
                    assert asked == kind or (asked, kind) == ("needs_recorded", "survey_taken")
                    assert is_whole or asked not in {"appointment_made", "survey_taken"}
                self.met[code] = held.proof or ""
                self.lost_proof.discard(code)

    @precondition(lambda self: self.facts_given)
    @rule(data=st.data())
    def a_fact_is_withdrawn(self, data: st.DataObject) -> None:
        fact = data.draw(st.sampled_from(self.facts_given))
        self.deal.doubt(fact.event_id, "withdrawn")
        for code, proof in list(self.met.items()):
            if proof == fact.event_id:
                del self.met[code]
                self.lost_proof.add(code)

    @rule(data=st.data(), by=st.sampled_from(["rep", "boss"]))
    def waived(self, data: st.DataObject, by: str) -> None:
        codes = [milestone.code for _, milestone in self.known.winning(1)]
        code = data.draw(st.sampled_from(codes))
        try:
            self.deal.waive(self.known, [code], by=by, reason="because", now=self.now)
        except Refused:
            return
        assert by != "rep"
        self.met.setdefault(code, "waived")
        self.lost_proof.discard(code)

    @rule(number=st.integers(1, 8))
    def the_buyer_moves(self, number: int) -> None:
        self.attempt(lambda: self.deal.set_buyer_stage(self.known, number, "fact:1:1"))

    @rule(to_stage=st.integers(1, 9))
    def advanced(self, to_stage: int) -> None:
        before, was = self.deal.stage, self.deal.status
        if self.attempt(lambda: self.deal.advance(self.known, to_stage, now=self.now)):
            assert self.deal.stage == to_stage > before
            if was == "open":
                self.require_passed(before, to_stage)
                assert to_stage <= self.known.last_open_stage

    @rule()
    def won(self) -> None:
        before = self.deal.stage
        if self.attempt(
            lambda: self.deal.win(self.known, amount=None, closed_on=self.today, now=self.now)
        ):
            self.require_passed(before, self.known.won_stage)
            assert {milestone.code for milestone in self.known.closing} <= self.met.keys()

    @rule()
    def lost(self) -> None:
        was = self.deal.status
        allowed = self.attempt(
            lambda: self.deal.lose(self.known, reasons=["price"], closed_on=self.today)
        )
        assert allowed == (was == "open")

    @rule()
    def reopened(self) -> None:
        self.attempt(
            lambda: self.deal.reopen(self.known, "returned", today=self.today, now=self.now)
        )

    @rule(to_stage=st.integers(0, 8))
    def moved_back(self, to_stage: int) -> None:
        before = self.deal.stage
        if self.attempt(
            lambda: self.deal.move_back(self.known, to_stage, "new people", now=self.now)
        ):
            assert self.deal.stage == to_stage < before

    @rule(intent=st.sampled_from(model.INTENTS), need=st.sampled_from(["steam", None]))
    def learned_more(self, intent: str, need: str | None) -> None:
        self.attempt(lambda: self.deal.change_intent(intent))
        proof = self.deal.need_told_by
        if self.attempt(lambda: self.deal.update({"need": need}, now=self.now)):
            told_by = self.deal.need_told_by
            for code, held in list(self.met.items()):
                if need is None and proof is not None and held == proof.event_id:
                    del self.met[code]
                    self.lost_proof.add(code)
            self.deal.learn(self.known, [], {})
            if told_by is not None:
                for _, milestone in self.known.winning(1):
                    if milestone.proof == "needs_recorded" and milestone.code not in self.met:
                        self.met[milestone.code] = told_by.event_id
                        self.lost_proof.discard(milestone.code)

    @rule(is_parked=st.booleans())
    def parked(self, is_parked: bool) -> None:
        if is_parked:
            self.attempt(lambda: self.deal.park(self.today + timedelta(days=9), None))
        else:
            self.attempt(self.deal.wake)

    def attempt(self, command: Any) -> bool:
        """Whether it was carried out; a refused command leaves no fact and no trace."""
        version, stage, status = self.deal.version, self.deal.stage, self.deal.status
        try:
            command()
        except Refused:
            assert (self.deal.version, self.deal.stage, self.deal.status) == (
                version,
                stage,
                status,
            )
            return False
        return True

    def require_passed(self, before: int, after: int) -> None:
        asked = {milestone.code for _, milestone in self.known.gates(before, after)}
        assert asked <= self.met.keys()
        assert not self.lost_proof
        rules = self.known.rules
        if rules.buyer_lag_from is not None and after > rules.buyer_lag_from:
            assert (self.deal.buyer_stage or 0) >= after - rules.buyer_lag

    @invariant()
    def history_equals_replay(self) -> None:
        if not hasattr(self, "deal"):
            return
        told = replayed(facts_of(self.deal), self.known)
        assert told == {
            "stage": self.deal.stage,
            "status": self.deal.status,
            "intent": self.deal.intent,
            "terms": self.deal.terms,
            "closed_on": self.deal.closed_on,
            "won_amount": self.deal.won_amount,
            "is_parked": self.deal.is_parked,
            "buyer_stage": self.deal.buyer_stage,
            "met": {code for code, held in self.deal.milestones.items() if held.is_met},
        }
        assert told["met"] == set(self.met)


def replayed(history: list[Any], known: Process) -> dict[str, Any]:
    """The deal as somebody knows it who has read nothing but its facts."""
    deal: dict[str, Any] = {"closed_on": None, "won_amount": None, "is_parked": False, "met": set()}
    for fact in history:
        match fact:
            case model.OpportunityOpened():
                deal |= {
                    "stage": fact.stage.number,
                    "status": "open",
                    "intent": fact.intent,
                    "terms": fact.terms,
                    "buyer_stage": fact.buyer_stage,
                }
            case model.OpportunityUpdated():
                deal["terms"] = fact.terms
            case model.IntentChanged():
                deal["intent"] = fact.intent
            case model.BuyerStageChanged():
                deal["buyer_stage"] = fact.buyer_stage
            case model.MilestoneProven():
                deal["met"].add(fact.milestone)
            case model.MilestoneInvalidated():
                deal["met"].discard(fact.milestone)
            case model.GateWaived():
                deal["met"] |= set(fact.milestones)
            case model.StageAdvanced() | model.StageMovedBack():
                deal["stage"] = fact.stage.number
            case model.OpportunityWon():
                deal |= {
                    "status": "won",
                    "closed_on": fact.closed_on,
                    "won_amount": fact.amount,
                    "is_parked": False,
                    "stage": known.won_stage,
                }
            case model.OpportunityLost():
                deal |= {"status": "lost", "closed_on": fact.closed_on, "is_parked": False}
            case model.OpportunityReopened():
                deal |= {
                    "status": "open",
                    "stage": fact.stage.number,
                    "closed_on": None,
                    "won_amount": None,
                }
            case model.OpportunityParked():
                deal["is_parked"] = fact.is_parked
    return deal


TestDeals = Deals.TestCase
TestDeals.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
