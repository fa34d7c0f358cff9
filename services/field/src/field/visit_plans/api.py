"""The HTTP door of visit plans. Fields are called as on the form 每日拜访计划表."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.inbox import Waiting, commands_of, inbox
from chassis.mongo import Database
from chassis.work import Work
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, Field

from field.policy import FieldPolicy
from field.projections import Names, names_of
from field.teams.api import Id
from field.visit_plans import commands, queries
from field.visit_plans.model import PlannedVisit, PlanStatus, VisitPlan
from field.visit_plans.store import VISIT_PLANS

router = APIRouter(tags=["visit-plans"])

Comment = Annotated[str, Field(min_length=1, max_length=1000)]
Ids = Annotated[list[Id], Field(max_length=20)]


def policy_of(request: Request) -> FieldPolicy:
    policy: FieldPolicy = request.app.state.policy
    return policy


Policy = Annotated[FieldPolicy, Depends(policy_of)]


class TimesIn(RequestModel):
    """时间安排"""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class PlannedVisitIn(RequestModel):
    """One visit: 拜访客户, 时间安排, 项目或目的. A purpose is one of new_development,
    market_research, collection, service, complaint, order, other."""

    customer_id: Id
    purpose: str = Field(min_length=1, max_length=40)
    times: TimesIn = TimesIn()
    opportunity_ids: Ids = []
    contact_ids: Ids = []
    accompanied_by: Ids = []
    is_phone: bool = False

    def line(self) -> PlannedVisit:
        return PlannedVisit(
            customer_id=self.customer_id,
            purpose=self.purpose,
            starts_at=self.times.starts_at,
            ends_at=self.times.ends_at,
            opportunity_ids=self.opportunity_ids,
            contact_ids=self.contact_ids,
            accompanied_by=self.accompanied_by,
            is_phone=self.is_phone,
        )


class KeptVisitIn(PlannedVisitIn):
    """A line of a changed plan; with `visit_id` it is that visit, arranged anew."""

    visit_id: Id | None = None

    def line(self) -> PlannedVisit:
        line = super().line()
        return line if self.visit_id is None else _with_id(line, self.visit_id)


class VisitPlanIn(RequestModel):
    """The caller's plan for a day."""

    on: date
    customers: list[PlannedVisitIn] = Field(max_length=30)


class Revision(RequestModel):
    customers: list[PlannedVisitIn] = Field(max_length=30)


class Approval(RequestModel):
    comment: Comment | None = None


class Change(RequestModel):
    """What the superior would have instead."""

    customers: list[KeptVisitIn] = Field(max_length=30)
    comment: Comment | None = None


class Rejection(RequestModel):
    comment: Comment


class ManyApprovals(RequestModel):
    """Plans to approve at once."""

    ids: list[Id] = Field(min_length=1, max_length=500)
    comment: Comment | None = None


class OneApproval(RequestModel):
    id: Id
    comment: Comment | None = None


@router.get("/visit-plans")
async def list_visit_plans(
    reader: Reader,
    policy: Policy,
    on: date | None = None,
    staff_id: Id | None = None,
    status: PlanStatus | None = None,
    customer_id: Id | None = None,
    is_late: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    found = await queries.list_visit_plans(
        reader.db,
        await reader.scope("visit-plans:read"),
        on=on,
        staff_id=staff_id,
        status=status,
        customer_id=customer_id,
        is_late=is_late,
        limit=limit,
        cursor=cursor,
    )
    shown = await _shown_many(reader.db, found.items, policy, reader.now)
    return reader.page(shown, found.next_cursor)


async def list_inbox(reader: Reader, policy: Policy, *, limit: int) -> Response:
    """Plans that wait for the caller as their owner's direct superior, the next days' first."""
    condition = await queries.to_decide(reader)
    plans = await queries.submitted(reader.db, condition, limit=limit)
    names = await names_of(reader.db, [], [plan.staff_id for plan in plans])
    items = [_waiting(plan, names, policy, reader.caller.staff_id) for plan in plans]
    return reader.show(inbox(items, await queries.counted(reader.db, condition)))


@router.post("/visit-plans", status_code=201)
async def draft_visit_plan(body: VisitPlanIn, door: Door, policy: Policy) -> Response:
    async def draft(work: Work) -> VisitPlan:
        lines = [one.line() for one in body.customers]
        return await commands.draft_visit_plan(work, on=body.on, visits=lines, policy=policy)

    return await door.run(draft, shown=_shown(policy), created="/visit-plans")


@router.post("/visit-plans/batch")
async def draft_many(body: BatchIn, door: Door, policy: Policy) -> Response:
    async def draft(work: Work, one: VisitPlanIn) -> VisitPlan:
        lines = [line.line() for line in one.customers]
        return await commands.draft_visit_plan(work, on=one.on, visits=lines, policy=policy)

    return await door.batch(
        body.items, VisitPlanIn, draft, shown=_shown(policy), created="/visit-plans"
    )


@router.post("/visit-plans/approve")
async def approve_many(body: ManyApprovals, door: Door, policy: Policy) -> Response:
    """Each plan is judged by itself; the answer has one item per plan, in order."""

    async def approve(work: Work, one: OneApproval) -> VisitPlan:
        return await commands.approve_visit_plan(work, one.id, one.comment)

    items = [{"id": one, "comment": body.comment} for one in body.ids]
    return await door.batch(items, OneApproval, approve, shown=_shown(policy))


@router.get("/visit-plans/{plan_id}")
async def read_visit_plan(plan_id: Id, reader: Reader, policy: Policy) -> Response:
    plan = await reader.load(VISIT_PLANS, plan_id, "visit-plans:read")
    [shown] = await _shown_many(reader.db, [plan], policy, reader.now)
    return reader.show(shown, version=plan.version)


@router.patch("/visit-plans/{plan_id}")
async def revise_visit_plan(plan_id: Id, body: Revision, door: Door, policy: Policy) -> Response:
    async def revise(work: Work) -> VisitPlan:
        lines = [one.line() for one in body.customers]
        return await commands.revise_visit_plan(work, plan_id, lines, policy)

    return await door.run(revise, shown=_shown(policy))


@router.post("/visit-plans/{plan_id}/submit")
async def submit_visit_plan(plan_id: Id, door: Door, policy: Policy) -> Response:
    return await door.run(
        lambda work: commands.submit_visit_plan(work, plan_id, policy), shown=_shown(policy)
    )


@router.post("/visit-plans/{plan_id}/approve")
async def approve_visit_plan(
    plan_id: Id, door: Door, policy: Policy, body: Approval | None = None
) -> Response:
    comment = body.comment if body else None
    return await door.run(
        lambda work: commands.approve_visit_plan(work, plan_id, comment), shown=_shown(policy)
    )


@router.post("/visit-plans/{plan_id}/change")
async def change_visit_plan(plan_id: Id, body: Change, door: Door, policy: Policy) -> Response:
    async def change(work: Work) -> VisitPlan:
        lines = [one.line() for one in body.customers]
        kept = [one.visit_id for one in body.customers if one.visit_id is not None]
        return await commands.change_visit_plan(work, plan_id, lines, kept, body.comment, policy)

    return await door.run(change, shown=_shown(policy))


@router.post("/visit-plans/{plan_id}/reject")
async def reject_visit_plan(plan_id: Id, body: Rejection, door: Door, policy: Policy) -> Response:
    return await door.run(
        lambda work: commands.reject_visit_plan(work, plan_id, body.comment),
        shown=_shown(policy),
    )


def _waiting(plan: VisitPlan, names: Names, policy: FieldPolicy, staff_id: str | None) -> Waiting:
    path = f"/api/v1/visit-plans/{plan.id}"
    return Waiting(
        id=plan.id,
        kind="visit_plan",
        title=f"拜访计划 {plan.on} · {names.staff.get(plan.staff_id) or plan.staff_id}",
        about=f"visit_plan:{plan.id}",
        owner_id=plan.staff_id,
        requested_by=plan.staff_id,
        waiting_for=staff_id,
        since=plan.submitted_at,
        due_at=policy.decisions_are_due(plan.on).astimezone(UTC),
        path=path,
        commands=commands_of(path, ("approve", "change", "reject")),
    )


def _with_id(line: PlannedVisit, visit_id: str) -> PlannedVisit:
    return dataclasses.replace(line, visit_id=visit_id)


def _shown(policy: FieldPolicy) -> Any:
    async def shown(plan: VisitPlan, work: Work) -> dict[str, Any]:
        [view] = await _shown_many(work.db, [plan], policy, work.now)
        return view

    return shown


async def _shown_many(
    db: Database, plans: list[VisitPlan], policy: FieldPolicy, now: datetime
) -> list[dict[str, Any]]:
    staff: list[str | None] = [plan.staff_id for plan in plans]
    staff += [plan.approval.by for plan in plans if plan.approval]
    names = await names_of(db, [line.customer_id for plan in plans for line in plan.visits], staff)
    return [visit_plan_view(plan, names, policy, now) for plan in plans]


def visit_plan_view(
    plan: VisitPlan, names: Names, policy: FieldPolicy, now: datetime
) -> dict[str, Any]:
    approval = plan.approval
    return {
        "id": plan.id,
        "staff_id": plan.staff_id,
        "staff_name": names.staff.get(plan.staff_id),
        "team_id": plan.team_id,
        "region": plan.region,
        "on": plan.on,
        "status": plan.status,
        "is_late": plan.is_late,
        "is_lapsed": plan.is_lapsed(now, policy),
        "submitted_at": plan.submitted_at,
        "customers": [_line_view(line, names) for line in plan.visits],
        "approval": approval
        and {
            "decision": approval.decision,
            "comment": approval.comment,
            "who": approval.by,
            "who_name": names.staff.get(approval.by),
            "when": approval.at,
        },
        "version": plan.version,
        "created_at": plan.created_at,
        "updated_at": plan.updated_at,
    }


def _line_view(line: PlannedVisit, names: Names) -> dict[str, Any]:
    return {
        "visit_id": line.visit_id,
        "customer_id": line.customer_id,
        "customer_name": names.customers.get(line.customer_id),
        "purpose": line.purpose,
        "times": {"starts_at": line.starts_at, "ends_at": line.ends_at},
        "opportunity_ids": line.opportunity_ids,
        "contact_ids": line.contact_ids,
        "accompanied_by": line.accompanied_by,
        "is_phone": line.is_phone,
    }
