"""Business timers as values: what falls due when, and the keys by which they are found.

A timer is part of the state that armed it, and lies in the same (topic, partition). It is written
and withdrawn with that state; a satisfying fact leaves a `Satisfied` mark of its own partition.
Firing belongs to the evaluator.
"""

from datetime import datetime, timedelta

import msgspec

STAGE_OVER_NORM = "stage-over-norm"
FOLLOW_UP_OVERDUE = "follow-up-overdue"
RECHECK_DUE = "recheck-due"
JUDGEMENT_DUE = "judgement-due"
BUYER_MISALIGNED = "buyer-misaligned"
HAND_OVER_OVERDUE = "hand-over-overdue"

# Texts of a timer end up in an alert's words.
LONGEST_DETAIL = 120

# A fact recorded so long before the due moment was read before any evaluator could fire: a unit
# of work lasts seconds, and a watermark waits for it. Only later ones need a mark to clear by.
SURELY_READ_BEFORE = timedelta(days=1)


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """`rule:subject:period`, when it falls due, and whose it is. `facts` armed it."""

    rule: str
    subject: str
    period: str
    due_at: datetime
    subject_type: str
    owner: str | None = None
    customer: str | None = None
    opportunity: str | None = None
    facts: list[str] = []
    details: dict[str, str] = {}

    @property
    def key(self) -> str:
        return f"{self.rule}:{self.subject}:{self.period}"


class Satisfied(msgspec.Struct, frozen=True, kw_only=True):
    """The fact `by` did what the timer `key` waited for."""

    key: str
    by: str
    at: datetime


def needs_mark(timer: Timer, recorded_at: datetime) -> bool:
    """Whether an alert could stand when the fact recorded then turns up."""
    return recorded_at >= timer.due_at - SURELY_READ_BEFORE
