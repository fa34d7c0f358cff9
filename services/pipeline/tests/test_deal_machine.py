"""Any sequence of commands: there is no path around a gate, and history tells the whole deal."""

from dataclasses import replace
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
from pipeline.templates.model import PROOF_KINDS, Milestone, Process, require_finishable
from pipeline.templates.store import shipped

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
KINDS = sorted(PROOF_KINDS)
ROLES = {"boss": "decision_maker"}


class Deals(RuleBasedStateMachine):
    """The machine keeps its own account of what is proven, waived and withdrawn."""

    deal: Opportunity
    known: Process
    others: list[Process]

    @initialize(
        template=st.sampled_from(["project", "standard", "simple"]), stage=st.integers(1, 8)
    )
    def opened(self, template: str, stage: int) -> None:
        self.known = shipped(template, 1)
        self.others = newer_versions(self.known)
        furthest = self.known.rules.enter_up_to or self.known.last_open_stage
        self.now = START
        self.met: dict[str, str] = {}
        self.lost_proof: set[str] = set()
        self.owed: set[str] = set()
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

    @rule()
    def the_next_gate_is_waived(self) -> None:
        to_stage = self.deal.stage + 1
        if self.deal.status != "open" or to_stage > self.known.last_open_stage:
            return
        codes = [one.milestone.code for one in self.deal.standing(self.known, to_stage)]
        self.deal.waive(self.known, codes, by="boss", reason="because", now=self.now)
        for code in codes:
            self.met.setdefault(code, "waived")
            self.lost_proof.discard(code)

    @rule(number=st.integers(1, 8), fact=st.integers(1, 3))
    def the_buyer_moves(self, number: int, fact: int) -> None:
        told = f"fact:{fact}:1"
        self.attempt(lambda: self.deal.set_buyer_stage(self.known, number, told))

    @precondition(lambda self: self.others)
    @rule(data=st.data())
    def goes_on_by_a_newer_version(self, data: st.DataObject) -> None:
        """Nobody gets further by it, and what the newer version asks for behind is owed."""
        new = data.draw(st.sampled_from(self.others))
        here = self.known.stage(self.deal.stage).code
        named = data.draw(st.sampled_from([stage.code for stage in new.stages]))
        before, old, was_met = self.deal.stage, self.known, dict(self.met)
        if not self.attempt(
            lambda: self.deal.change_version(old, new, {here: named}, now=self.now)
        ):
            return
        self.known = new
        self.others = [other for other in self.others if other.version > new.version]
        stood_at = {stage.code for stage in old.stages[: before - 1]}
        survivors = [stage.number for stage in new.stages if stage.code in stood_at]
        if new.stage_called(here) is None:
            assert self.deal.stage <= max(survivors, default=0) + 1
        else:
            assert new.stage(self.deal.stage).code == here
        asks = {m.code: (m.proof, m.conditions) for _, m in new.winning(1)}
        asked = {m.code: (m.proof, m.conditions) for _, m in old.winning(1)}
        self.met = {code: proof for code, proof in was_met.items() if asks.get(code) == asked[code]}
        self.lost_proof &= asks.keys()
        passed = {m.code for _, m in old.gates(1, before) if asks.get(m.code) == asked[m.code]}
        self.owed = {
            m.code
            for _, m in new.gates(1, self.deal.stage)
            if m.code not in self.met and m.code not in passed - self.owed
        }
        assert set(self.deal.owed) == self.owed

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
        assert self.owed <= self.met.keys()
        assert not self.lost_proof
        rules = self.known.rules
        if rules.buyer_lag_from is not None and after > rules.buyer_lag_from:
            assert self.deal.buyer_stage_doubt is None
            assert (self.deal.buyer_stage or 0) >= after - rules.buyer_lag

    @invariant()
    def seller_and_buyer_far_apart_are_told(self) -> None:
        if not hasattr(self, "deal"):
            return
        gap = self.deal.misalignment
        far = gap is not None and abs(gap) >= self.known.rules.misaligned_from
        assert self.deal.is_misaligned == far

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
            "is_misaligned": self.deal.is_misaligned,
            "version": self.deal.template_version,
            "met": {code for code, held in self.deal.milestones.items() if held.is_met},
        }
        assert told["met"] == set(self.met)


def replayed(history: list[Any], known: Process) -> dict[str, Any]:
    """The deal as somebody knows it who has read nothing but its facts."""
    deal: dict[str, Any] = {
        "closed_on": None,
        "won_amount": None,
        "is_parked": False,
        "is_misaligned": False,
        "version": 1,
        "met": set(),
    }
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
            case model.MisalignmentChanged():
                deal["is_misaligned"] = fact.is_misaligned
            case model.TemplateVersionChanged():
                deal |= {
                    "stage": fact.stage.number,
                    "buyer_stage": fact.buyer_stage,
                    "version": fact.version,
                }
                deal["met"] -= set(fact.dropped)
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


def newer_versions(first: Process) -> list[Process]:
    """The second asks otherwise here and there; the third has lost a stage for a new one."""
    stages = [
        replace(
            stage,
            gate=[
                *(replace(one, proof="terms_agreed", conditions={}) for one in stage.gate[:1]),
                *stage.gate[1:],
                *([EXTRA] if stage.number == 2 else []),
            ],
        )
        if stage.number < first.won_stage
        else stage
        for stage in first.stages
    ]
    second = replace(first, version=2, stages=stages)
    renamed = [
        replace(stage, code="brand_new", gate=[NEW]) if stage.number == 3 else stage
        for stage in first.stages
    ]
    third = replace(first, version=3, stages=renamed)
    for known in (second, third):
        require_finishable(known)
    return [second, third]


EXTRA = Milestone(code="extra", zh="新增", en="Extra", proof="shortlisted")
NEW = Milestone(code="new", zh="新", en="New", proof="proposal_sent")
TestDeals = Deals.TestCase
TestDeals.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
