"""What can be done with visit plans. The visits of a plan are arranged with it, in one unit."""

from collections.abc import Sequence
from datetime import date

from chassis.work import Work

from field.policy import FieldPolicy
from field.projections import Mentioned, require_known
from field.staff.queries import own_post, post_of, require_owner
from field.visit_plans.model import PlannedVisit, VisitPlan
from field.visit_plans.store import VISIT_PLANS
from field.visits.model import Visit, VisitStatus
from field.visits.store import VISITS


async def draft_visit_plan(
    work: Work, *, on: date, visits: Sequence[PlannedVisit], policy: FieldPolicy
) -> VisitPlan:
    """Write the caller's own plan for a day; nobody is told of its visits yet."""
    await work.scope("visit-plans:write")
    post = await own_post(work)
    await _require_known(work, visits)
    plan = VisitPlan.draft(
        staff_id=post.staff_id, on=on, visits=visits, now=work.now, policy=policy
    )
    plan.team_id, plan.region = post.team_id, post.region
    return work.add(VISIT_PLANS, plan)


async def revise_visit_plan(
    work: Work, plan_id: str, visits: Sequence[PlannedVisit], policy: FieldPolicy
) -> VisitPlan:
    plan = await _own(work, plan_id)
    await _require_known(work, visits)
    plan.revise(visits, work.now, policy)
    return plan


async def submit_visit_plan(work: Work, plan_id: str, policy: FieldPolicy) -> VisitPlan:
    """Hand it in: from now on its visits exist."""
    plan = await _own(work, plan_id, "visit-plans:submit")
    plan.submit(work.now, policy)
    await _arrange(work, plan)
    return plan


async def approve_visit_plan(work: Work, plan_id: str, comment: str | None) -> VisitPlan:
    plan = await _to_decide(work, plan_id)
    plan.approve(_decider(work), comment, work.now)
    return plan


async def change_visit_plan(
    work: Work,
    plan_id: str,
    visits: Sequence[PlannedVisit],
    kept: Sequence[str],
    comment: str | None,
    policy: FieldPolicy,
) -> VisitPlan:
    """Approve it with other visits; `kept` are the ids of those that are the plan's already."""
    plan = await _to_decide(work, plan_id)
    plan.require_own(kept)
    await _require_known(work, visits)
    before = {line.visit_id for line in plan.visits}
    plan.change(_decider(work), visits, comment, work.now, policy)
    await _call_off(work, before - {line.visit_id for line in visits}, "plan changed")
    await _arrange(work, plan)
    return plan


async def reject_visit_plan(work: Work, plan_id: str, comment: str) -> VisitPlan:
    """Send it back; what was not begun of it is off."""
    plan = await _to_decide(work, plan_id)
    plan.reject(_decider(work), comment, work.now)
    visits = await work.find_many(VISITS, [line.visit_id for line in plan.visits])
    planned = {one.id for one in visits.values() if one.status is VisitStatus.PLANNED}
    await _call_off(work, planned, "plan rejected")
    return plan


async def _arrange(work: Work, plan: VisitPlan) -> None:
    there = await work.find_many(VISITS, [line.visit_id for line in plan.visits])
    post = await post_of(work, plan.staff_id)
    for line in plan.visits:
        visit = there.get(line.visit_id)
        if visit is None:
            visit = Visit(
                id=line.visit_id,
                key=line.customer_id,
                owner_id=plan.owner_id,
                team_id=post.team_id,
                region=post.region,
                customer_id=line.customer_id,
                purpose=line.purpose,
                on=plan.on,
                plan_id=plan.id,
            )
            visit.arrange_as(line)
            work.add(VISITS, visit)
        else:
            visit.arrange_as(line)


async def _call_off(work: Work, visit_ids: set[str], reason: str) -> None:
    for visit in (await work.find_many(VISITS, sorted(visit_ids))).values():
        visit.cancel(reason)


async def _own(work: Work, plan_id: str, action: str = "visit-plans:write") -> VisitPlan:
    """Only the rep writes and hands in the rep's plan, whatever others may see of it."""
    await work.scope(action)
    plan = await work.load(VISIT_PLANS, plan_id)
    require_owner(work, plan, await work.scope("visit-plans:read"))
    return plan


async def _to_decide(work: Work, plan_id: str) -> VisitPlan:
    may_decide = await work.scope("visit-plans:approve")
    plan = await work.load(VISIT_PLANS, plan_id)
    may_decide.require(plan, seen=await work.scope("visit-plans:read"))
    return plan


def _decider(work: Work) -> str:
    if work.caller is None or work.caller.staff_id is None:
        return work.actor
    return work.caller.staff_id


async def _require_known(work: Work, visits: Sequence[PlannedVisit]) -> None:
    await require_known(
        work,
        [
            Mentioned(f"/customers/{n}", line.customer_id, line.contact_ids, line.accompanied_by)
            for n, line in enumerate(visits)
        ],
    )
