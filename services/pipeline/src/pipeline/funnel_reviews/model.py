"""A funnel review 漏斗检查 (1-15-30): one reviewer's sheet on one person's deals for one week.

A deal is gone through once a week; a re-check (15) and a judgement of the intent (30) stand on the
same sheet. What was recorded is never changed: the next week has a sheet of its own.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    Forbidden,
    Refused,
    Text,
    ValidationFailed,
)

KEPT, BROKEN, AHEAD = "kept", "broken", "ahead"
CONTINUE, PARK, STOP = "continue", "park", "stop"
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What was promised for a deal, by which day, and by which kind of fact it is kept.

    `proof` None: any fact about the deal keeps it.
    """

    content: str
    due_on: date
    proof: str | None = None


@dataclass(frozen=True, kw_only=True)
class JudgedPromise:
    """A promise of last time 上周承诺, and whether it was kept (`kept`, `broken`, `ahead`)."""

    content: str
    due_on: date
    state: str
    proof: str | None = None
    fact: str | None = None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What somebody is to do by a day: it becomes a task."""

    content: str
    owner_id: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """What was said about a deal: work done, progress, problems, promises, what is next."""

    opportunity_id: str
    customer_id: str | None = None
    seen: int
    work_done: str | None = None
    progress: str | None = None
    problems: str | None = None
    next: str | None = None
    promised: list[Promise] = field(default_factory=list)
    promises: list[JudgedPromise] = field(default_factory=list)
    tasks: list[Assignment] = field(default_factory=list)
    is_unchanged: bool = False


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """15天再次跟进: what is known now that was not known before."""

    opportunity_id: str
    customer_id: str | None
    information: str
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """30天意向性判断: go on until a dated event at the customer, park until a day, or stop."""

    opportunity_id: str
    customer_id: str | None
    outcome: str
    reason: str
    event: str | None = None
    event_on: date | None = None
    wake_on: date | None = None


# What happens


@dataclass(frozen=True, kw_only=True)
class FunnelReviewHeld(Fact):
    minutes: list[Minutes]


@dataclass(frozen=True, kw_only=True)
class FunnelReviewRechecked(Fact):
    recheck: Recheck


@dataclass(frozen=True, kw_only=True)
class FunnelReviewIntentJudged(Fact):
    judgement: Judgement


# Why not


class ReviewedByOneself(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            {CHINESE: "不能检查自己的漏斗", ENGLISH: "nobody reviews a funnel of one's own"}
        )


class ReviewedAlready(Refused):
    slug = "reviewed-already"
    titles: ClassVar[Text] = {
        CHINESE: "本周已检查过该商机",
        ENGLISH: "The deal was gone through this week already",
    }


class ForAHigherReviewer(Refused):
    """Deals above an amount are the manager's to review."""

    slug = "for-a-higher-reviewer"
    titles: ClassVar[Text] = {
        CHINESE: "该商机金额较大，须由上一级检查",
        ENGLISH: "A deal of this amount is reviewed one level up",
    }


def week_of(on: date) -> date:
    """The Monday of its week."""
    return on - timedelta(days=on.weekday())


def review_id(person_id: str, reviewer_id: str, week: date) -> str:
    return stable_id("funnel_review", person_id, reviewer_id, week.isoformat())


@dataclass(kw_only=True)
class FunnelReview(Aggregate):
    """`owner_id` is the person whose funnel it is; `week` the Monday of the week."""

    TYPE: ClassVar[str] = "funnel_review"

    reviewer_id: str
    week: date
    held_at: datetime | None = None
    minutes: dict[str, Minutes] = field(default_factory=dict)
    rechecks: list[Recheck] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)

    @property
    def funnel_review_id(self) -> str:
        return self.id

    @property
    def person_id(self) -> str:
        return self.owner_id or ""

    def hold(self, minutes: list[Minutes], *, now: datetime) -> None:
        """Go through some deals. Raises ReviewedAlready for one that stands here."""
        doubled = [one.opportunity_id for one in minutes if one.opportunity_id in self.minutes]
        if doubled:
            raise ReviewedAlready(
                {
                    CHINESE: f"本周已检查：{'、'.join(doubled)}",
                    ENGLISH: f"gone through this week already: {', '.join(doubled)}",
                }
            )
        self.held_at = self.held_at or now
        self.minutes |= {one.opportunity_id: one for one in minutes}
        self.record(FunnelReviewHeld(minutes=minutes))

    def recheck(self, recheck: Recheck) -> None:
        self.rechecks.append(recheck)
        self.record(FunnelReviewRechecked(recheck=recheck))

    def judge(self, judgement: Judgement) -> None:
        """Record what was decided of the intent.

        Raises:
            ValidationFailed: continuing names no dated event, or parking no day.
        """
        wanted = {CONTINUE: ("event", "event_on"), PARK: ("wake_on",), STOP: ()}
        missing = [name for name in wanted[judgement.outcome] if not getattr(judgement, name)]
        if missing:
            pointers = {"event": "/event", "event_on": "/event/on", "wake_on": "/wake_on"}
            raise ValidationFailed(
                [
                    FieldError(
                        pointers[name],
                        "required",
                        {
                            CHINESE: "继续须有客户处的有日期的事件，搁置须有唤醒日期",
                            ENGLISH: "going on needs a dated event at the customer, parking a day",
                        },
                    )
                    for name in missing
                ]
            )
        self.judgements.append(judgement)
        self.record(FunnelReviewIntentJudged(judgement=judgement))


def open_review(
    *, person_id: str, reviewer_id: str, week: date, team_id: str | None, region: str | None
) -> FunnelReview:
    """A blank sheet; it exists from the first thing that is written on it."""
    identifier = review_id(person_id, reviewer_id, week)
    return FunnelReview(
        id=identifier,
        key=identifier,
        owner_id=person_id,
        team_id=team_id,
        region=region,
        collaborator_ids=[reviewer_id],
        reviewer_id=reviewer_id,
        week=week,
    )


# What a week shows of a deal


@dataclass(frozen=True, kw_only=True)
class Happened:
    """A fact about a deal since last time."""

    id: str
    kind: str
    at: datetime


def judge_promise(
    promise: Promise, facts: list[Happened], *, ended: datetime | None
) -> JudgedPromise:
    """Kept by a fact of its kind up to the end of its day; broken when that day is over.

    `facts` are those since it was made, up to that end; `ended`: the end, if it has come.
    """
    proof = next((one for one in facts if promise.proof in (None, one.kind)), None)
    state = KEPT if proof is not None else AHEAD if ended is None else BROKEN
    return JudgedPromise(
        content=promise.content,
        due_on=promise.due_on,
        proof=promise.proof,
        state=state,
        fact=None if proof is None else proof.id,
    )


NO_PROGRESS, SLIPPED, LARGE, NO_NEXT_STEP = "no_progress", "slipped", "large", "no_next_step"
CONCERNS = (NO_PROGRESS, SLIPPED, LARGE, NO_NEXT_STEP)


def by_concern(concerns: list[str]) -> tuple[bool, ...]:
    """The order of the worklist: no progress first, then slipped, large, without a next step."""
    return tuple(concern not in concerns for concern in CONCERNS)
