"""What can be done with leave: asked for by oneself, decided by a superior, cancelled."""

from datetime import date

from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH
from chassis.work import Work

from field.leaves import queries
from field.leaves.model import Leave, LeaveOverlaps, request_leave
from field.leaves.store import LEAVES
from field.staff.queries import own_post


async def request_new_leave(
    work: Work, *, kind: str, first_on: date, last_on: date, reason: str | None
) -> Leave:
    """The caller's own. Raises LeaveOverlaps if some of these days are taken already."""
    await work.scope("leaves:request")
    post = await own_post(work)
    await work.guard(f"leaves:{post.staff_id}")
    leave = request_leave(
        identifier=new_id(),
        staff_id=post.staff_id,
        team_id=post.team_id,
        region=post.region,
        kind=kind,
        first_on=first_on,
        last_on=last_on,
        reason=reason,
    )
    other = await queries.overlapping(work.db, leave)
    if other is not None:
        raise LeaveOverlaps(
            {
                CHINESE: f"与 {other.first_on} 至 {other.last_on} 重叠",
                ENGLISH: f"overlaps that of {other.first_on} to {other.last_on}",
            },
            members={"leave_id": other.id},
        )
    return work.add(LEAVES, leave)


async def grant_leave(work: Work, leave_id: str) -> Leave:
    leave = await _to_decide(work, leave_id)
    leave.grant(_decider(work), now=work.now)
    return leave


async def refuse_leave(work: Work, leave_id: str, reason: str) -> Leave:
    leave = await _to_decide(work, leave_id)
    leave.refuse(_decider(work), reason, now=work.now)
    return leave


async def cancel_leave(work: Work, leave_id: str) -> Leave:
    """By whoever asked for it, or a superior."""
    may_cancel = await work.scope("leaves:cancel")
    leave = await work.load(LEAVES, leave_id)
    may_cancel.require(leave, seen=await work.scope("leaves:read"))
    leave.cancel()
    return leave


async def _to_decide(work: Work, leave_id: str) -> Leave:
    may_decide = await work.scope("leaves:approve")
    leave = await work.load(LEAVES, leave_id)
    may_decide.require(leave, seen=await work.scope("leaves:read"))
    return leave


def _decider(work: Work) -> str:
    if work.caller is None or work.caller.staff_id is None:
        return work.actor
    return work.caller.staff_id
