"""The clock of a deal under any order of progress, reviews, parking, closing and time.

The machine plays the timers too: armed by every change as the clock then stands, fired by the day.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from chassis.problems import Refused
from chassis.workdays import Workdays
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pipeline.clocks.model import DEFAULT, ContinuedTooOften, DealClock

DAYS = Workdays(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    make_up_days=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)
START = datetime(2026, 9, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RECHECK, JUDGEMENT = "recheck", "judgement"


class ClockMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.clock = DealClock(id="deal", since=START)
        self.armed: dict[str, date] = {}
        self.told: list[tuple[str, datetime, int]] = []
        self.wakings = 0
        self.arm()

    @property
    def today(self) -> date:
        return DAYS.local_date(self.now)

    def arm(self) -> None:
        wanted = {
            RECHECK: self.clock.untold_recheck(DEFAULT, DAYS),
            JUDGEMENT: self.clock.untold_judgement(DEFAULT, DAYS),
        }
        self.armed = {kind: due for kind, due in wanted.items() if due is not None}

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        for _ in range(days):
            self.now += DAY
            if not DAYS.is_working(self.today):
                continue
            for kind in [one for one, due in self.armed.items() if due <= self.today]:
                del self.armed[kind]
                self.fire(kind)

    def fire(self, kind: str) -> None:
        assert self.clock.runs, "nothing is told of a deal that is parked or closed"
        if kind == RECHECK:
            assert self.clock.rechecked_at is None, "it was satisfied"
            self.clock.recheck_told = True
        else:
            self.clock.judgement_told = True
        self.told.append((kind, self.clock.since, self.clock.continued + 10 * self.wakings))
        assert kind in self.clock.standing

    @rule(days_ago=st.integers(0, 40))
    def progress_is_proven(self, days_ago: int) -> None:
        before, at = self.clock.since, self.now - days_ago * DAY
        self.clock.progress(at)
        assert self.clock.since == max(before, at)
        self.arm()

    @precondition(lambda self: self.clock.runs)
    @rule()
    def it_is_rechecked(self) -> None:
        before = self.clock.since
        self.clock.recheck(self.now)
        self.arm()
        assert self.clock.since == before, "a review does not set the clock back"
        assert RECHECK not in self.armed
        assert RECHECK not in self.clock.standing, "it is settled"

    @precondition(lambda self: self.clock.runs)
    @rule(days=st.integers(1, 60))
    def it_is_continued(self, days: int) -> None:
        before, times = self.clock.since, self.clock.continued
        on = self.today + days * DAY
        if times == DEFAULT.continue_at_most:
            with pytest.raises(ContinuedTooOften):
                self.clock.keep_on(on, DEFAULT, today=self.today)
        else:
            self.clock.keep_on(on, DEFAULT, today=self.today)
            assert self.clock.continued == times + 1
        self.arm()
        assert self.clock.since == before, "a review does not set the clock back"
        assert all(DAYS.is_working(due) for due in self.armed.values())
        if times < DEFAULT.continue_at_most:
            assert self.armed[JUDGEMENT] > on, "the clock waits for the event"

    @precondition(lambda self: self.clock.runs)
    @rule(back=st.integers(0, 30))
    def no_event_of_the_past_is_waited_for(self, back: int) -> None:
        before = (self.clock.waits_for, self.clock.continued)
        with pytest.raises(Refused):
            self.clock.keep_on(self.today - back * DAY, DEFAULT, today=self.today)
        assert (self.clock.waits_for, self.clock.continued) == before

    @precondition(lambda self: self.clock.runs)
    @rule()
    def it_is_parked(self) -> None:
        self.clock.pause(self.now)
        self.arm()
        assert not self.armed

    @precondition(lambda self: self.clock.paused_at is not None)
    @rule()
    def it_wakes(self) -> None:
        assert self.clock.paused_at is not None
        left = self.clock.paused_at - self.clock.since
        self.clock.resume(self.now)
        self.wakings += 1
        assert self.now - self.clock.since == left, "what was left is left"
        self.arm()

    @precondition(lambda self: not self.clock.is_stopped)
    @rule()
    def it_is_closed(self) -> None:
        self.clock.stop()
        self.arm()
        assert not self.armed

    @precondition(lambda self: self.clock.is_stopped)
    @rule()
    def it_is_reopened(self) -> None:
        self.clock.restart(self.now)
        self.arm()
        assert set(self.armed) == {RECHECK, JUDGEMENT}

    @invariant()
    def each_is_told_once_per_progress_and_continuation(self) -> None:
        rechecks = [(since, times // 10) for kind, since, times in self.told if kind == RECHECK]
        assert len(rechecks) == len(set(rechecks))
        judgements = [(since, times) for kind, since, times in self.told if kind == JUDGEMENT]
        assert len(judgements) == len(set(judgements))

    @invariant()
    def progress_lies_behind(self) -> None:
        assert self.clock.since <= self.now

    @invariant()
    def it_is_never_forgotten(self) -> None:
        """A running deal is about to be judged, or has been told to be."""
        assert not self.clock.runs or JUDGEMENT in self.armed or self.clock.judgement_told


TestClockMachine = ClockMachine.TestCase
