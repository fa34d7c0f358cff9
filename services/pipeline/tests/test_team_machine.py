"""Any sequence of requests and answers: one lead per stage, always known; no seat is lost."""

from collections.abc import Callable

from chassis.facts import facts_of
from chassis.problems import NotFound, Refused
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pipeline.opportunity_teams import model
from pipeline.opportunity_teams.model import Seat, Team, lead_of, stages_with
from pipeline.templates.model import LEAD, Process
from pipeline.templates.store import shipped

PEOPLE = ("anna", "bert", "cleo")
ROLES = ("commercial", "consultant", "executive", "finance")
person, role = st.sampled_from(PEOPLE), st.sampled_from(ROLES)
which = st.integers(0, 20)


PROJECT = shipped("project", 1)


class Teams(RuleBasedStateMachine):
    """The machine replays the facts into its own account of who has which seat."""

    @initialize(start=st.integers(1, 8))
    def a_deal(self, start: int) -> None:
        self.process: Process = PROJECT
        self.start = start
        self.team = Team(id="deal", key="deal")
        self.given = 0

    def new_id(self) -> str:
        self.given += 1
        return f"seat-{self.given}"

    def pick(self, number: int) -> str:
        seats = self.team.seats
        return seats[number % len(seats)].id if seats else "none"

    @rule(staff=st.none() | person, role=role)
    def request(self, staff: str | None, role: str) -> None:
        stages = stages_with(self.process, role, self.start)
        seat = Seat(id=self.new_id(), role=role, stages=stages, staff_id=staff, requested_by="rep")
        self.attempt(lambda: self.team.request(seat, self.process))

    @rule(number=which, by=person)
    def accept(self, number: int, by: str) -> None:
        seat_id = self.pick(number)
        seat = next((one for one in self.team.seats if one.id == seat_id), None)
        taker = seat.staff_id if seat and seat.staff_id else by
        self.attempt(lambda: self.team.accept(seat_id, taker, self.process))

    @rule(number=which, by=person)
    def decline(self, number: int, by: str) -> None:
        self.attempt(lambda: self.team.decline(self.pick(number), by, "no time"))

    @rule(number=which, to=person)
    def transfer(self, number: int, to: str) -> None:
        seat_id, identifier = self.pick(number), self.new_id()
        before = [lead_of(stage, self.team.members, "rep") for stage in self.process.stages]
        self.attempt(lambda: self.team.transfer(seat_id, to, identifier=identifier, note=None))
        after = [lead_of(stage, self.team.members, "rep") for stage in self.process.stages]
        assert before == after, "who passes on a seat leads until it is taken"

    @rule(number=which)
    def leave(self, number: int) -> None:
        self.attempt(lambda: self.team.leave(self.pick(number), None))

    def attempt(self, change: Callable[[], object]) -> None:
        """What is refused changes nothing."""
        seats, version = list(self.team.seats), self.team.version
        try:
            change()
        except (Refused, NotFound):
            assert (self.team.seats, self.team.version) == (seats, version)

    @invariant()
    def every_stage_has_one_lead_and_its_name_is_known(self) -> None:
        for stage in self.process.stages:
            leading = {
                member.staff_id
                for member in self.team.members
                if stage.duties.get(member.role) == LEAD and stage.code in member.stages
            }
            lead = lead_of(stage, self.team.members, "rep")
            assert len(leading) <= 1
            assert {lead.staff_id} == (leading or {"rep"})

    @invariant()
    def nobody_has_the_same_seat_twice(self) -> None:
        held = [
            (member.staff_id, member.role, stage)
            for member in self.team.members
            for stage in member.stages
        ]
        assert len(held) == len(set(held))

    @invariant()
    def history_tells_every_seat(self) -> None:
        told: dict[str, Seat] = {}
        for fact in facts_of(self.team):
            assert isinstance(fact, model.OfSeat)
            told[fact.seat.id] = fact.seat
        assert told == {seat.id: seat for seat in self.team.seats}


TestTeams = Teams.TestCase
TestTeams.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
