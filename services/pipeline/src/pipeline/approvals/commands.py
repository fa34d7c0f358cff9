"""What can be done with approvals. Papers ask, and void; people decide, and the paper is told.

`decisions` says, by the kind of paper, who is told of an outcome in the same unit of work.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chassis import organisation
from chassis.ids import stable_id
from chassis.problems import NotFound
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar
from pipeline.access import acting_staff
from pipeline.approval_matrices.model import Ask, Case
from pipeline.approval_matrices.store import matrix_for
from pipeline.approvals.approvers import require_active, steps_for
from pipeline.approvals.model import OPEN, Approval, Decider, NotYourTurn, Paper, request
from pipeline.approvals.store import APPROVALS, ROUNDS, round_id, round_of
from pipeline.rates.queries import converted
from pipeline.stand_ins.store import stood_in_for
from pipeline.superiors import superiors_of

Told = Callable[[Work, Approval], Awaitable[Any]]
Decisions = Mapping[str, Told]

REMINDER, DEADLINE = "approval_reminder", "approval_deadline"
READ, DECIDE, REASSIGN = "approvals:read", "approvals:decide", "approvals:reassign"


# What papers do


async def request_approval(
    work: Work, paper: Paper, note: str | None = None, *, at_least: Sequence[Ask] = ()
) -> Approval | None:
    """Ask whom the matrix asks about such a paper, else `at_least`; None where that is nobody.

    An approval that is open for the same words stays as it is, one for other words is void.

    Raises:
        NoApprover: somebody should be asked, and there is nobody who could be.
        ExchangeRateUnknown: what it is worth in the company's currency cannot be told.
    """
    open_one = await approval_of(work, paper.kind, paper.id)
    if open_one is not None and open_one.status == OPEN:
        if open_one.fingerprint == paper.fingerprint:
            return open_one
        void(work, open_one, "the paper was changed and requested anew")
    requested_by = acting_staff(work) or work.actor
    today = work.today
    owner = await organisation.stamp(work, paper.owner_id)
    person = await work.document(organisation.STAFF, requested_by) or {}
    matrix = await matrix_for(work.db, paper.kind, today)
    amount = None if paper.amount is None else await converted(work, paper.amount, today)
    asks = matrix.asks(
        Case(
            amount=None if amount is None else amount.amount,
            discount=paper.discount,
            margin=paper.margin,
            is_below_floor=paper.is_below_floor,
            requester_roles=frozenset(person.get("roles") or ()),
        )
    )
    steps = await steps_for(work, asks or at_least, paper.owner_id, {requested_by, paper.owner_id})
    if not steps:
        return None
    number, identifier = await _next_round(work, paper)
    approval = request(
        paper,
        steps,
        identifier=identifier,
        number=number,
        requested_by=requested_by,
        team_id=owner.team_id,
        region=owner.region,
        matrix=matrix.id,
        deadlines=matrix.deadlines,
        note=note,
    )
    work.add(APPROVALS, approval)
    await _schedule(work, approval)
    return approval


async def void_approvals(work: Work, kind: str, paper_id: str, reason: str) -> None:
    """The paper changed: what was asked or approved about it counts no more."""
    approval = await approval_of(work, kind, paper_id)
    if approval is not None:
        void(work, approval, reason)


async def approval_of(work: Work, kind: str, paper_id: str) -> Approval | None:
    """The latest approval that was requested for a paper."""
    latest = await work.document(ROUNDS, round_id(kind, paper_id))
    return None if latest is None else await work.find(APPROVALS, latest["approval_id"])


def void(work: Work, approval: Approval, reason: str) -> bool:
    """It counts no more; whether it did so far."""
    _cancel_timers(work, approval)
    return approval.void(reason)


# What people do


async def approve(
    work: Work, identifier: str, comment: str | None, *, seen: str | None, decisions: Decisions
) -> Approval:
    """`seen` is the fingerprint the approver looked at, if they say so."""
    approval, by = await _entered(work, identifier)
    if seen is not None:
        approval.require_unchanged(seen)
    approval.approve(by, comment, at=work.now)
    return await _told(work, approval, decisions)


async def refuse(work: Work, identifier: str, reason: str, *, decisions: Decisions) -> Approval:
    approval, by = await _entered(work, identifier)
    approval.refuse(by, reason, at=work.now)
    return await _told(work, approval, decisions)


async def return_for_change(
    work: Work, identifier: str, reason: str, *, decisions: Decisions
) -> Approval:
    approval, by = await _entered(work, identifier)
    approval.return_for_change(by, reason, at=work.now)
    return await _told(work, approval, decisions)


async def recall(
    work: Work, identifier: str, reason: str | None, *, decisions: Decisions
) -> Approval:
    approval = await read(work, identifier)
    approval.recall(acting_staff(work) or work.actor, reason)
    return await _told(work, approval, decisions)


async def pass_on(work: Work, identifier: str, to: str, comment: str | None) -> Approval:
    """By who is asked; else by who may reassign, as when an approver has left."""
    await require_active(work, to)
    approval, by = await _entered(work, identifier)
    try:
        approval.pass_on(by, to, comment)
    except NotYourTurn:
        scope = await work.scope(REASSIGN)
        if not scope.allows(approval):
            raise
        approval.reassign(by.staff_id or work.actor, to, comment)
    await _schedule(work, approval)
    return approval


async def add_approver(
    work: Work, identifier: str, approver_id: str, place: str, comment: str | None
) -> Approval:
    await require_active(work, approver_id)
    approval, by = await _entered(work, identifier)
    was_asked = approval.waiting_for
    approval.add_approver(by, approver_id, place, comment)
    if approval.waiting_for != was_asked:
        await _schedule(work, approval)
    return approval


async def urge(work: Work, identifier: str) -> Approval:
    approval = await read(work, identifier)
    pause = _hours(approval.deadlines.urge_pause_hours)
    again_at = (await calendar.workdays(work)).add_working_time(work.now, pause)
    approval.urge(acting_staff(work) or work.actor, now=work.now, again_at=again_at)
    return approval


# What the clock does


async def remind_approver(work: Work, timer: Timer) -> None:
    approval = await work.find(APPROVALS, timer.subject)
    if approval is not None and approval.status == OPEN:
        approval.remind()


async def escalate(work: Work, timer: Timer) -> None:
    """The next superior is asked instead; where there is none, the approver is reminded again."""
    approval = await work.find(APPROVALS, timer.subject)
    if approval is None or approval.status != OPEN or approval.waiting_for is None:
        return
    above = await superiors_of(work, approval.waiting_for)
    if not approval.escalate(above):
        approval.remind()
    await _schedule(work, approval)


# What several of them need


async def read(work: Work, identifier: str) -> Approval:
    """The approval, if the caller may see it: by right, or since they stand in for an approver.

    Raises:
        NotFound: there is none, or it may not be seen.
    """
    scope = await work.scope(READ)
    approval = await work.load(APPROVALS, identifier)
    if not scope.allows(approval):
        principals = await _principals(work, approval.kind)
        if approval.waiting_for not in principals:
            raise NotFound(Approval.TYPE, identifier)
    return approval


async def _entered(work: Work, identifier: str) -> tuple[Approval, Decider]:
    await work.scope(DECIDE)
    approval = await read(work, identifier)
    stands_in_for = await _principals(work, approval.kind)
    return approval, Decider(staff_id=acting_staff(work), stands_in_for=stands_in_for)


async def _principals(work: Work, kind: str) -> frozenset[str]:
    """For whom the caller decides about this kind of paper today, besides themselves."""
    staff_id = acting_staff(work)
    if not staff_id:
        return frozenset()
    found = await stood_in_for(work.db, staff_id, work.today)
    return frozenset(one for one, kinds in found.items() if kinds is None or kind in kinds)


async def _told(work: Work, approval: Approval, decisions: Decisions) -> Approval:
    """Whoever is asked next has their time; where nobody is, the paper hears what came of it."""
    await _schedule(work, approval)
    told = decisions.get(approval.kind)
    if approval.outcome is not None and told is not None:
        await told(work, approval)
    return approval


async def _schedule(work: Work, approval: Approval) -> None:
    if approval.status != OPEN:
        _cancel_timers(work, approval)
        return
    days = await calendar.workdays(work)
    deadlines = approval.deadlines
    remind_at = days.add_working_time(work.now, _hours(deadlines.remind_after_hours))
    approval.due_at = days.add_working_time(work.now, _hours(deadlines.escalate_after_hours))
    set_timer(work, REMINDER, approval.id, remind_at)
    set_timer(work, DEADLINE, approval.id, approval.due_at)


def _cancel_timers(work: Work, approval: Approval) -> None:
    cancel_timer(work, REMINDER, approval.id)
    cancel_timer(work, DEADLINE, approval.id)


async def _next_round(work: Work, paper: Paper) -> tuple[int, str]:
    latest = await work.document(ROUNDS, round_id(paper.kind, paper.id))
    number = 1 if latest is None else latest["round"] + 1
    identifier = stable_id("approval", paper.kind, paper.id, str(number))
    work.put(ROUNDS, round_of(paper.kind, paper.id, number, identifier))
    return number, identifier


def _hours(hours: Decimal) -> timedelta:
    return timedelta(hours=float(hours))
