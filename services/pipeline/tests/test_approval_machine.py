"""Approvals under any order of acts: nobody decides on their own, and all is decided once.

The machine keeps its own account of who is asked and what the paper says, and compares.
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chassis.facts import facts_of
from chassis.problems import Refused, ValidationFailed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pipeline.approval_matrices.model import Deadlines
from pipeline.approvals.model import (
    AFTER,
    APPROVED,
    BEFORE,
    OPEN,
    RECALLED,
    VOID,
    Approval,
    Decider,
    OwnPaper,
    Paper,
    PaperChanged,
    Step,
    fingerprint_of,
    request,
)
from pipeline.approvals.model.facts import ApprovalDecided, ApprovalReturned, ApprovalVoided

PEOPLE = ["rep", "boss", "manager", "director", "finance", "legal", "deputy"]
people = st.sampled_from(PEOPLE)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def refusal_of(act: Callable[[], None]) -> Refused | None:
    try:
        act()
    except Refused as refusal:
        return refusal
    return None


class Approvals(RuleBasedStateMachine):
    """One paper of `rep`'s, asked for by somebody, changed and decided on in any order."""

    approval: Approval

    @initialize(
        by=st.sampled_from(["rep", "boss"]),
        asked=st.lists(people.filter(lambda one: one != "rep"), min_size=1, unique=True),
    )
    def ask(self, by: str, asked: list[str]) -> None:
        self.price = 100
        self.now = NOW
        self.standing_in: dict[str, str] = {}
        self.entitled: list[tuple[str, str]] = []
        self.settled: str | None = None
        asked = [one for one in asked if one != by] or ["director"]
        self.approval = request(
            Paper(
                kind="quote",
                id="quote-1",
                fingerprint=fingerprint_of(self.price),
                title="A quote",
                owner_id="rep",
            ),
            [Step(approver_id=one, asked_as="line:1") for one in asked],
            identifier="approval-1",
            number=1,
            requested_by=by,
            team_id=None,
            region=None,
            matrix="quote-1",
            deadlines=Deadlines(),
            note=None,
        )

    def decider(self, staff_id: str) -> Decider:
        principals = {who for who, by in self.standing_in.items() if by == staff_id}
        return Decider(staff_id=staff_id, stands_in_for=frozenset(principals))

    def is_entitled(self, staff_id: str) -> bool:
        asked = next(one.approver_id for one in self.approval.steps if one.decision is None)
        return asked == staff_id or self.standing_in.get(asked) == staff_id

    def attempt(self, staff_id: str, act: Callable[[Approval], None]) -> bool:
        """As a unit of work would: what is refused has changed nothing."""
        tried = copy.deepcopy(self.approval)
        may = self.approval.status == OPEN and self.is_entitled(staff_id)
        is_barred = staff_id in ("rep", self.approval.requested_by)
        refusal = refusal_of(lambda: self.carry_out(tried, act))
        if refusal is None:
            assert may
            assert not is_barred
            self.approval = tried
            self.settled = tried.outcome or self.settled
        elif may:
            told = OwnPaper if is_barred else (PaperChanged, ValidationFailed)
            assert isinstance(refusal, told)
        return refusal is None

    def carry_out(self, approval: Approval, act: Callable[[Approval], None]) -> None:
        act(approval)
        if approval.outcome == APPROVED:
            approval.require_unchanged(fingerprint_of(self.price))

    @rule(of=people, by=people)
    def appoint_stand_in(self, of: str, by: str) -> None:
        self.standing_in[of] = by

    @rule(price=st.integers(100, 103))
    def change_paper(self, price: int) -> None:
        if price != self.price and self.approval.status == APPROVED:
            # The paper's own duty, in the unit of work that changes it.
            self.approval.void("the price was changed")
            self.settled = VOID
        self.price = price

    @rule(by=people)
    def approve(self, by: str) -> None:
        place = len([one for one in self.approval.steps if one.decision is not None])
        if self.attempt(by, lambda one: one.approve(self.decider(by), None, at=self.now)):
            assert self.approval.steps[place].decided_by == by

    @rule(by=people)
    def refuse(self, by: str) -> None:
        self.attempt(by, lambda one: one.refuse(self.decider(by), "no", at=self.now))

    @rule(by=people)
    def return_for_change(self, by: str) -> None:
        self.attempt(by, lambda one: one.return_for_change(self.decider(by), "no", at=self.now))

    @rule(by=people, to=people)
    def pass_on(self, by: str, to: str) -> None:
        self.attempt(by, lambda one: one.pass_on(self.decider(by), to, None))

    @rule(by=people, more=people, place=st.sampled_from([BEFORE, AFTER]))
    def add_approver(self, by: str, more: str, place: str) -> None:
        self.attempt(by, lambda one: one.add_approver(self.decider(by), more, place, None))

    @rule(above=st.lists(people, max_size=3))
    @precondition(lambda self: self.approval.status == OPEN)
    def let_the_deadline_pass(self, above: list[str]) -> None:
        self.approval.escalate(above)

    @rule(by=people)
    def recall(self, by: str) -> None:
        may = self.approval.status == OPEN and by in ("rep", self.approval.requested_by)
        refusal = refusal_of(lambda: self.approval.recall(by, None))
        assert (refusal is None) == may
        if may:
            self.settled = RECALLED

    @rule(by=people, hours=st.integers(0, 5))
    def urge(self, by: str, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.approval.urge_again_at
        may = self.approval.status == OPEN and by in ("rep", self.approval.requested_by)
        again_at = self.now + timedelta(hours=4)
        refusal = refusal_of(lambda: self.approval.urge(by, now=self.now, again_at=again_at))
        is_too_soon = before is not None and self.now < before
        assert (refusal is None) == (may and not is_too_soon)

    @invariant()
    def nobody_decides_on_their_own(self) -> None:
        said = {one.decided_by for one in self.approval.steps if one.decision is not None}
        assert not said & self.approval.barred

    @invariant()
    def nobody_is_asked_about_their_own(self) -> None:
        assert not {one.approver_id for one in self.approval.steps} & self.approval.barred

    @invariant()
    def a_changed_paper_is_not_approved(self) -> None:
        if self.approval.status == APPROVED:
            assert self.approval.fingerprint == fingerprint_of(self.price)
            assert all(one.decision == APPROVED for one in self.approval.steps)

    @invariant()
    def it_is_settled_once_and_stays_so(self) -> None:
        assert self.approval.outcome == self.settled
        endings = [
            fact
            for fact in facts_of(self.approval)
            if isinstance(fact, ApprovalReturned)
            or (isinstance(fact, ApprovalDecided) and fact.outcome is not None)
        ]
        assert len(endings) <= 1
        voided = [one for one in facts_of(self.approval) if isinstance(one, ApprovalVoided)]
        assert len(voided) <= 1
        assert not (endings and self.approval.status == RECALLED)

    @invariant()
    def it_waits_for_the_first_who_has_not_spoken(self) -> None:
        if self.approval.status == OPEN:
            open_steps = [one for one in self.approval.steps if one.decision is None]
            assert self.approval.waiting_for == open_steps[0].approver_id
            assert self.approval.waiting_for in self.approval.collaborator_ids
        else:
            assert self.approval.waiting_for is None

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        asked = [one.approver_id for one in self.approval.steps]
        assert len(set(asked)) == len(asked)


Approvals.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestApprovals = Approvals.TestCase
