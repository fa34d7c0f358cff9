"""Plans and visits under any sequence of commands: what can never happen, whatever people try."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.facts import facts_of
from chassis.problems import Refused
from field.policy import FieldPolicy
from field.visit_plans.model import (
    PlannedVisit,
    PlanStatus,
    VisitPlan,
    VisitPlanApproved,
    VisitPlanRejected,
    VisitPlanSubmitted,
)
from field.visits.model import (
    Action,
    ActionKind,
    DeviceMoment,
    PlanStanding,
    Visit,
    VisitActionRecorded,
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitMissed,
    VisitStatus,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

POLICY = FieldPolicy()
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
PEOPLE = st.sampled_from(["rep", "boss", "director"])


def a_line() -> PlannedVisit:
    return PlannedVisit(customer_id="customer", purpose="service")


class Tried(RuleBasedStateMachine):
    """Commands that may be refused; a refusal leaves no trace."""

    aggregate: Any

    def attempt(self, command: Any) -> bool:
        before = repr(self.aggregate), self.aggregate.version
        try:
            command()
        except Refused:
            assert (repr(self.aggregate), self.aggregate.version) == before
            return False
        return True


class PlanMachine(Tried):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        on = POLICY.local_date(START) + timedelta(days=1)
        self.aggregate = self.plan = VisitPlan.draft(
            staff_id="rep", on=on, visits=[a_line()], now=START, policy=POLICY
        )

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def submit(self) -> None:
        was = self.plan.status
        assert self.attempt(lambda: self.plan.submit(self.now, POLICY)) == (was is PlanStatus.DRAFT)

    @rule(by=PEOPLE)
    def approve(self, by: str) -> None:
        was = self.plan.status
        decided = self.attempt(lambda: self.plan.approve(by, None, self.now))
        assert decided == (was is PlanStatus.SUBMITTED and by != "rep")

    @rule(by=PEOPLE, number=st.integers(0, 3))
    def change(self, by: str, number: int) -> None:
        lines = [a_line() for _ in range(number)]
        was = self.plan.status
        decided = self.attempt(lambda: self.plan.change(by, lines, None, self.now, POLICY))
        assert decided == (was is PlanStatus.SUBMITTED and by != "rep" and number > 0)

    @rule(by=PEOPLE)
    def reject(self, by: str) -> None:
        self.attempt(lambda: self.plan.reject(by, "no", self.now))

    @rule()
    def revise(self) -> None:
        was = self.plan.status
        revised = self.attempt(lambda: self.plan.revise([a_line()], self.now, POLICY))
        assert revised == (was in (PlanStatus.DRAFT, PlanStatus.REJECTED))

    @invariant()
    def a_decision_stands_beside_a_decided_plan_only(self) -> None:
        is_decided = self.plan.status in (PlanStatus.APPROVED, PlanStatus.REJECTED)
        assert (self.plan.approval is not None) == is_decided
        assert self.plan.approval is None or self.plan.approval.by != "rep"

    @invariant()
    def every_decision_was_asked_for(self) -> None:
        facts = facts_of(self.plan)
        asked = sum(isinstance(fact, VisitPlanSubmitted) for fact in facts)
        decided = sum(isinstance(f, VisitPlanApproved | VisitPlanRejected) for f in facts)
        assert asked - decided == (self.plan.status is PlanStatus.SUBMITTED)

    @invariant()
    def no_visit_stands_there_twice(self) -> None:
        ids = [line.visit_id for line in self.plan.visits]
        assert 1 <= len(ids) == len(set(ids))


class VisitMachine(Tried):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.aggregate = self.visit = Visit(
            id="visit",
            key="customer",
            owner_id="rep",
            customer_id="customer",
            purpose="service",
            on=POLICY.local_date(START),
        ).arrange()

    @rule(minutes=st.integers(1, 120))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(off=st.integers(-30, 10))
    def check_in(self, off: int) -> None:
        self.attempt(
            lambda: self.visit.check_in(
                now=self.now,
                device=DeviceMoment(at=self.now + timedelta(minutes=off)),
                fix=None,
                places=[],
                outside_reason=None,
                plan_status=PlanStanding.NONE,
                policy=POLICY,
            )
        )

    @rule(note=st.sampled_from(["rust", None]), kind=st.sampled_from(list(ActionKind)))
    def act(self, note: str | None, kind: ActionKind) -> None:
        self.attempt(lambda: self.visit.record_action(Action(action=kind, note=note, at=self.now)))

    @rule(off=st.integers(-200, 10))
    def check_out(self, off: int) -> None:
        self.attempt(
            lambda: self.visit.check_out(
                now=self.now,
                device=DeviceMoment(at=self.now + timedelta(minutes=off)),
                outcome="done",
                next_step=None,
                next_step_on=None,
                policy=POLICY,
            )
        )

    @rule()
    def close(self) -> None:
        self.attempt(self.visit.close_by_rule)

    @rule()
    def miss(self) -> None:
        self.attempt(lambda: self.visit.miss(None))

    @rule()
    def cancel(self) -> None:
        self.attempt(lambda: self.visit.cancel("rejected"))

    @invariant()
    def it_ends_once_and_only_what_began_is_closed(self) -> None:
        facts = facts_of(self.visit)
        ends = [f for f in facts if isinstance(f, VisitCheckedOut | VisitMissed | VisitCancelled)]
        began = any(isinstance(fact, VisitCheckedIn) for fact in facts)
        open_statuses = (VisitStatus.PLANNED, VisitStatus.CHECKED_IN)
        assert len(ends) == (self.visit.status not in open_statuses)
        assert began == (self.visit.checked_in_at is not None)
        assert not any(isinstance(end, VisitCheckedOut) for end in ends) or began

    @invariant()
    def nobody_stays_for_less_than_no_time(self) -> None:
        assert self.visit.minutes is None or self.visit.minutes >= 0

    @invariant()
    def every_action_is_a_fact(self) -> None:
        told = [f for f in facts_of(self.visit) if isinstance(f, VisitActionRecorded)]
        assert len(told) == len(self.visit.actions)


PlanMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
VisitMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPlans = PlanMachine.TestCase
TestVisits = VisitMachine.TestCase
