"""What can be done with visits."""

import dataclasses
from datetime import date

from chassis.ids import new_id
from chassis.work import Work
from contracts.values import Fix

from field.policy import FieldPolicy
from field.projections import Mentioned, places_of, require_known
from field.staff.queries import own_post, require_owner
from field.visit_plans.model import PlannedVisit, PlanStatus
from field.visit_plans.store import VISIT_PLANS
from field.visits.model import Action, DeviceMoment, PlanStanding, Visit, VisitStatus
from field.visits.store import VISITS


async def plan_unplanned_visit(work: Work, line: PlannedVisit, policy: FieldPolicy) -> Visit:
    """A visit of today that no plan names (临时拜访); allowed, and marked."""
    await work.scope("visits:write")
    post = await own_post(work)
    await require_known(
        work, [Mentioned("", line.customer_id, line.contact_ids, line.accompanied_by)]
    )
    visit = Visit(
        id=new_id(),
        key=line.customer_id,
        owner_id=post.staff_id,
        team_id=post.team_id,
        region=post.region,
        customer_id=line.customer_id,
        purpose=line.purpose,
        on=policy.local_date(work.now),
        is_unplanned=True,
    )
    visit.arrange_as(line)
    return work.add(VISITS, visit)


async def check_in(
    work: Work,
    visit_id: str,
    *,
    device: DeviceMoment,
    fix: Fix | None,
    outside_reason: str | None,
    policy: FieldPolicy,
) -> Visit:
    visit = await _own(work, visit_id, "visits:check-in")
    visit.check_in(
        now=work.now,
        device=device,
        fix=fix,
        places=await places_of(work, visit.customer_id),
        outside_reason=outside_reason,
        plan_status=await _plan_standing(work, visit),
        policy=policy,
    )
    return visit


async def record_action(
    work: Work, visit_id: str, action: Action, device: DeviceMoment, policy: FieldPolicy
) -> Visit:
    """Note a survey, an interview, a demonstration … and whom it was with."""
    visit = await _own(work, visit_id)
    met = [*action.contact_ids, *(attendee.contact_id for attendee in action.attendees)]
    await require_known(work, [Mentioned("", visit.customer_id, met)])
    visit.record_action(dataclasses.replace(action, at=device.true_moment(work.now, policy)))
    return visit


async def check_out(
    work: Work,
    visit_id: str,
    *,
    device: DeviceMoment,
    outcome: str,
    next_step: str | None,
    next_step_on: date | None,
    policy: FieldPolicy,
) -> Visit:
    visit = await _own(work, visit_id)
    visit.check_out(
        now=work.now,
        device=device,
        outcome=outcome,
        next_step=next_step,
        next_step_on=next_step_on,
        policy=policy,
    )
    return visit


async def miss_visit(work: Work, visit_id: str, reason: str) -> Visit:
    """Say that it will not take place, and why."""
    visit = await _own(work, visit_id)
    visit.miss(reason)
    return visit


async def accept_visit(work: Work, visit_id: str, comment: str | None) -> Visit:
    """As a superior, accept an unplanned visit in place of a plan."""
    may_decide = await work.scope("visit-plans:approve")
    visit = await work.load(VISITS, visit_id)
    may_decide.require(visit, seen=await work.scope("visits:read"))
    by = work.caller.staff_id if work.caller else None
    visit.accept(by or work.actor, comment)
    return visit


async def settle_day_gone_by(work: Work, visit_id: str) -> Visit | None:
    """By rule: what was begun and never ended is closed, what was never begun is missed."""
    visit = await work.load(VISITS, visit_id)
    match visit.status:
        case VisitStatus.CHECKED_IN:
            visit.close_by_rule()
        case VisitStatus.PLANNED:
            visit.miss(None)
        case _:
            return None
    return visit


async def _own(work: Work, visit_id: str, action: str = "visits:write") -> Visit:
    """Only who visits says what happened there, whatever others may see of it."""
    await work.scope(action)
    visit = await work.load(VISITS, visit_id)
    require_owner(work, visit, await work.scope("visits:read"))
    return visit


async def _plan_standing(work: Work, visit: Visit) -> PlanStanding:
    """A plan that nobody decided may proceed; its visits say so (未审)."""
    if visit.plan_id is None:
        return PlanStanding.APPROVED if visit.accepted_by else PlanStanding.NONE
    plan = await work.load(VISIT_PLANS, visit.plan_id)
    is_approved = plan.status is PlanStatus.APPROVED
    return PlanStanding.APPROVED if is_approved else PlanStanding.UNREVIEWED
