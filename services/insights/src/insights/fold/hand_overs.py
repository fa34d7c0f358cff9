"""Hand-overs 项目移交 to delivery: late from the moment the pipeline says so, until accepted."""

from datetime import datetime

import msgspec
from contracts import pipeline as wire
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.timers import HAND_OVER_OVERDUE, Timer

AGGREGATE = "hand_over"


class HandOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    seq: int = 0
    waiting: int = 0
    overdue_seq: int = 0
    overdue_at: datetime | None = None
    owner: str | None = None
    customer: str | None = None
    opportunity: str | None = None


def timers(hand_over_id: str, hand_over: HandOver) -> list[Timer]:
    if hand_over.overdue_at is None:
        return []
    return [
        Timer(
            rule=HAND_OVER_OVERDUE,
            subject=hand_over_id,
            period=str(hand_over.overdue_seq),
            due_at=hand_over.overdue_at,
            subject_type=AGGREGATE,
            owner=hand_over.owner,
            customer=hand_over.customer,
            opportunity=hand_over.opportunity,
            facts=[f"{AGGREGATE}:{hand_over_id}:{hand_over.overdue_seq}"],
        )
    ]


def opened(hand_over: HandOver, _event: Input, fact: wire.HandOverOpened) -> HandOver:
    return replace(
        hand_over,
        overdue_at=None,
        owner=fact.owner_id,
        customer=fact.customer_id,
        opportunity=fact.opportunity_id,
    )


def overdue(hand_over: HandOver, event: Input, _fact: wire.HandOverOverdue) -> HandOver:
    """The pipeline reckoned with holidays: it is late from now on."""
    return replace(hand_over, overdue_seq=event.sequence, overdue_at=event.recorded_at)


def owner_changed(hand_over: HandOver, _event: Input, fact: wire.HandOverOwnerChanged) -> HandOver:
    return replace(hand_over, owner=fact.owner_id)


def accepted(hand_over: HandOver, _event: Input, _fact: wire.HandOverAccepted) -> HandOver:
    return replace(hand_over, overdue_at=None)


def cancelled(hand_over: HandOver, _event: Input, _fact: wire.HandOverCancelled) -> HandOver:
    return replace(hand_over, overdue_at=None)
