"""Follow-ups 跟进: planned, then done or cancelled, or past their time."""

from datetime import datetime, timedelta

import msgspec
from contracts import pipeline as wire
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.timers import FOLLOW_UP_OVERDUE, LONGEST_DETAIL, Timer

AGGREGATE = "follow_up"
PLANNED, DONE, CANCELLED = "planned", "done", "cancelled"


class FollowUp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    seq: int = 0
    waiting: int = 0
    status: str = ""
    due_at: datetime | None = None
    planned_seq: int = 0
    owner: str | None = None
    customer: str | None = None
    opportunity: str | None = None
    objective: str = ""


def timers(follow_up_id: str, follow_up: FollowUp) -> list[Timer]:
    if follow_up.status != PLANNED or follow_up.due_at is None:
        return []
    return [
        Timer(
            rule=FOLLOW_UP_OVERDUE,
            subject=follow_up_id,
            period=str(follow_up.planned_seq),
            due_at=follow_up.due_at,
            subject_type=AGGREGATE,
            owner=follow_up.owner,
            customer=follow_up.customer,
            opportunity=follow_up.opportunity,
            facts=[f"{AGGREGATE}:{follow_up_id}:{follow_up.planned_seq}"],
            details={"objective": follow_up.objective[:LONGEST_DETAIL]},
        )
    ]


def planned(follow_up: FollowUp, event: Input, fact: wire.FollowUpPlanned) -> FollowUp:
    due_at = fact.due_at
    if event.is_imported and due_at < event.recorded_at:
        # History's promises are not broken by the import: the same grace, counted from now.
        due_at = event.recorded_at + max(due_at - fact.terms.at, timedelta())
    return replace(
        follow_up,
        status=PLANNED,
        due_at=due_at,
        planned_seq=event.sequence,
        owner=fact.owner_id,
        customer=fact.customer_id,
        opportunity=fact.opportunity_id,
        objective=fact.terms.objective or fact.terms.content or "",
    )


def owner_changed(follow_up: FollowUp, _event: Input, fact: wire.FollowUpOwnerChanged) -> FollowUp:
    return replace(follow_up, owner=fact.owner_id)


def done(follow_up: FollowUp, _event: Input, _fact: wire.FollowUpDone) -> FollowUp:
    return replace(follow_up, status=DONE)


def cancelled(follow_up: FollowUp, _event: Input, _fact: wire.FollowUpCancelled) -> FollowUp:
    return replace(follow_up, status=CANCELLED)
