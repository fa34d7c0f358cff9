"""The clock of a deal: re-checked after 15 days without proven progress, judged after 30.

It counts calendar days from the last proven progress (a move to a later stage, a milestone, a
commitment of the customer with a date) and what is due moves to the next working day. A review
never sets it back. It stands still while the deal is parked. The clock is a plain value and is not
published: the deal itself tells what came due.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from chassis.workdays import DAY, Workdays

RECHECK, JUDGEMENT = "recheck", "judgement"
INTENT_CONFIRMED, QUOTED, NEGOTIATING = "intent_confirmed", "quoted", "negotiating"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The numbers of 1-15-30, as a company has set them; the amount is in its own currency."""

    recheck_after_days: int = 15
    judge_after_days: int = 30
    continue_at_most: int = 2
    event_within_days: int = 180
    node_within_working_days: int = 2
    manager_reviews_above: Decimal = Decimal(500_000)


DEFAULT = Rule()
POLICY_ID = "company"


@dataclass(frozen=True, kw_only=True)
class ReviewPolicyChanged(Fact):
    previous: Rule


@dataclass(kw_only=True)
class ReviewPolicy(Aggregate):
    """The one policy of 1-15-30; until somebody changes it the defaults hold."""

    TYPE: ClassVar[str] = "review_policy"

    rule: Rule = field(default_factory=Rule)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Raises ValidationFailed if a deal would be judged before it is re-checked."""
        previous, rule = self.rule, Rule(**(asdict(self.rule) | dict(changes)))
        if rule.judge_after_days <= rule.recheck_after_days:
            raise ValidationFailed(
                FieldError(
                    "/judge_after_days",
                    "too-early",
                    {
                        CHINESE: "须晚于再次跟进的天数",
                        ENGLISH: "must be more than the days until the re-check",
                    },
                )
            )
        if rule != previous:
            self.rule = rule
            self.record(ReviewPolicyChanged(previous=previous))


def default_policy() -> ReviewPolicy:
    return ReviewPolicy(id=POLICY_ID, key=POLICY_ID)


class ContinuedTooOften(Refused):
    slug = "continued-too-often"
    titles: ClassVar[Text] = {
        CHINESE: "继续次数已用完，请搁置或停止",
        ENGLISH: "It was continued as often as may be; park it or stop it",
    }


class NothingToJudge(Refused):
    slug = "clock-stopped"
    titles: ClassVar[Text] = {
        CHINESE: "商机已关闭或已搁置，无需复核或判断",
        ENGLISH: "The deal is closed or parked: there is nothing to re-check or judge",
    }


class NotDueYet(Refused):
    slug = "not-due-yet"
    titles: ClassVar[Text] = {
        CHINESE: "尚未到意向性判断的时间",
        ENGLISH: "The intent is not due to be judged yet",
    }

    def __init__(self, due_on: date) -> None:
        super().__init__(
            {CHINESE: f"{due_on} 起可继续", ENGLISH: f"it can be continued from {due_on} on"},
            members={"due_on": due_on.isoformat()},
        )


@dataclass(kw_only=True)
class DealClock:
    """`since`: the last proven progress, later by as long as the deal was parked.

    `waits_for`: the day of the event at the customer until which the deal was continued;
    `planned`: its follow-ups to come, by id; `node`: where one is asked for (意向确认, 报价, 谈判).
    """

    id: str
    since: datetime
    rechecked_at: datetime | None = None
    recheck_told: bool = False
    judgement_told: bool = False
    waits_for: date | None = None
    continued: int = 0
    paused_at: datetime | None = None
    is_stopped: bool = False
    planned: dict[str, datetime] = field(default_factory=dict)
    node: str | None = None
    rev: int = 0

    @property
    def runs(self) -> bool:
        return not self.is_stopped and self.paused_at is None

    @property
    def next_follow_up_at(self) -> datetime | None:
        return min(self.planned.values(), default=None)

    # What moves it

    def progress(self, at: datetime) -> None:
        """Proven progress: everything begins anew. One that is older than the last changes nothing.

        A proof is as old as what it proves: learning late of an early fact is no progress today.
        """
        if at > self.since:
            self._begin(at)

    def restart(self, at: datetime) -> None:
        """The deal is open again."""
        self.is_stopped, self.paused_at = False, None
        self._begin(at)

    def stop(self) -> None:
        """The deal is won or lost."""
        self.is_stopped, self.paused_at, self.node = True, None, None

    def pause(self, at: datetime) -> None:
        if self.paused_at is None:
            self.paused_at = at

    def resume(self, at: datetime) -> None:
        """What was left when it was parked is left now."""
        if self.paused_at is not None:
            self.since += at - self.paused_at
            self.paused_at = None
            # What was due before it was parked is told again.
            self.recheck_told = self.judgement_told = False

    def _begin(self, at: datetime) -> None:
        self.since = at
        if self.paused_at is not None:
            # Progress of a parked deal: it stands still from there.
            self.paused_at = max(self.paused_at, at)
        self.rechecked_at = self.waits_for = None
        self.recheck_told = self.judgement_told = False
        self.continued = 0

    # What a reviewer does

    def recheck(self, at: datetime) -> None:
        """Looked at again, with new information. The clock goes on as it did."""
        self._require_running()
        self.rechecked_at = at

    def keep_on(self, event_on: date, rule: Rule, *, today: date) -> None:
        """The intent stands: the clock waits for a dated event at the customer, twice at most."""
        self._require_running()
        if self.continued >= rule.continue_at_most:
            raise ContinuedTooOften
        if not today < event_on <= today + rule.event_within_days * DAY:
            raise ValidationFailed(
                FieldError(
                    "/event/on",
                    "not-ahead",
                    {
                        CHINESE: f"须在今天之后、{rule.event_within_days} 天之内",
                        ENGLISH: f"must be after today, within {rule.event_within_days} days",
                    },
                )
            )
        self.continued += 1
        self.waits_for = event_on
        self.judgement_told = False

    # What is due

    def recheck_due_on(self, rule: Rule, days: Workdays) -> date | None:
        """None: it was re-checked, waits for an event, is parked or closed."""
        if not self.runs or self.rechecked_at is not None or self.waits_for is not None:
            return None
        return self._after(rule.recheck_after_days, days)

    def judgement_due_on(self, rule: Rule, days: Workdays) -> date | None:
        """The day after the awaited event, if that is later. None: it is parked or closed."""
        if not self.runs:
            return None
        due = self._after(rule.judge_after_days, days)
        if self.waits_for is not None:
            due = max(due, days.next_working(self.waits_for + DAY))
        return due

    @property
    def standing(self) -> frozenset[str]:
        """What was told as due, and still is."""
        told = {
            RECHECK: self.recheck_told and self.rechecked_at is None and self.waits_for is None,
            JUDGEMENT: self.judgement_told,
        }
        return frozenset(kind for kind, is_due in told.items() if is_due and self.runs)

    def untold_recheck(self, rule: Rule, days: Workdays) -> date | None:
        """When it is to be told; None: told already, or nothing comes due."""
        return None if self.recheck_told else self.recheck_due_on(rule, days)

    def untold_judgement(self, rule: Rule, days: Workdays) -> date | None:
        return None if self.judgement_told else self.judgement_due_on(rule, days)

    def _after(self, count: int, days: Workdays) -> date:
        return days.next_working(days.local_date(self.since) + timedelta(days=count))

    def _require_running(self) -> None:
        if not self.runs:
            raise NothingToJudge

    # Follow-ups

    def expect(self, follow_up_id: str, at: datetime) -> None:
        """There is a next follow-up, so none is asked for."""
        self.planned[follow_up_id] = at
        self.node = None

    def forget(self, follow_up_id: str) -> None:
        self.planned.pop(follow_up_id, None)

    def ask_for_follow_up(self, node: str) -> bool:
        """The deal reached a node at which one contacts the customer; whether one is missing."""
        if self.planned or not self.runs:
            return False
        self.node = node
        return True
