"""The HTTP door of visits."""

import dataclasses
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.mongo import Database
from chassis.work import Work
from contracts.values import Fix, Position
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from field.projections import Names, names_of
from field.teams.api import Id
from field.visit_plans.api import Approval, Comment, Ids, PlannedVisitIn, Policy
from field.visits import commands, queries
from field.visits.model import (
    Action,
    ActionKind,
    Attendee,
    DeviceMoment,
    Survey,
    Visit,
    VisitStatus,
)
from field.visits.store import VISITS

router = APIRouter(tags=["visits"])

Words = Annotated[str, Field(min_length=1, max_length=2000)]
LONGEST_QUEUE_SECONDS = 90 * 24 * 3600


class PositionIn(RequestModel):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    datum: Literal["WGS-84", "GCJ-02"] = "WGS-84"


class FixIn(RequestModel):
    """What the device measured: where, how sure, and when."""

    position: PositionIn
    accuracy_metres: float | None = Field(None, ge=0, le=1_000_000)
    measured_at: AwareDatetime | None = None

    def fix(self) -> Fix:
        return Fix(
            position=Position(**self.position.model_dump()),
            accuracy_metres=self.accuracy_metres,
            measured_at=self.measured_at,
        )


class DeviceIn(RequestModel):
    """The device's own time, and for how long it kept the command in its queue."""

    device_at: AwareDatetime | None = None
    queued_seconds: int = Field(0, ge=0, le=LONGEST_QUEUE_SECONDS)

    def moment(self) -> DeviceMoment:
        return DeviceMoment(at=self.device_at, queued_for=timedelta(seconds=self.queued_seconds))


class CheckIn(DeviceIn):
    fix: FixIn | None = None
    outside_reason: Comment | None = None


class SurveyIn(RequestModel):
    """初步调研: what was found out."""

    need: Words | None = None
    budget_range: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    purchase_on: date | None = None
    purchase_method: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    notes: Words | None = None


class AttendeeIn(RequestModel):
    contact_id: Id
    stance: int | None = Field(None, ge=-2, le=2)


class ActionIn(DeviceIn):
    """One thing done; a survey has a result, a demonstration attendees with their stance."""

    action: ActionKind
    contact_ids: Ids = []
    attendees: list[AttendeeIn] = Field(default=[], max_length=50)
    survey: SurveyIn | None = None
    note: Words | None = None
    opportunity_ids: Ids | None = None

    def recorded(self) -> Action:
        return Action(
            action=self.action,
            contact_ids=self.contact_ids,
            attendees=[Attendee(**one.model_dump()) for one in self.attendees],
            survey=Survey(**self.survey.model_dump()) if self.survey else None,
            note=self.note,
            opportunity_ids=self.opportunity_ids,
        )


class CheckOut(DeviceIn):
    """`outcome` in words; the next step comes with its date."""

    outcome: Words
    next_step: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    next_step_on: date | None = None


class Miss(RequestModel):
    reason: Comment


@router.get("/visits")
async def list_visits(
    reader: Reader,
    on: date | None = None,
    staff_id: Id | None = None,
    status: VisitStatus | None = None,
    customer_id: Id | None = None,
    plan_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    found = await queries.list_visits(
        reader.db,
        await reader.scope("visits:read"),
        on=on,
        staff_id=staff_id,
        status=status,
        customer_id=customer_id,
        plan_id=plan_id,
        limit=limit,
        cursor=cursor,
    )
    return reader.page(await _shown_many(reader.db, found.items), found.next_cursor)


@router.post("/visits", status_code=201)
async def plan_unplanned_visit(body: PlannedVisitIn, door: Door, policy: Policy) -> Response:
    """A visit of today that no plan names (临时拜访)."""
    return await door.run(
        lambda work: commands.plan_unplanned_visit(work, body.line(), policy),
        shown=_shown,
        created="/visits",
    )


@router.get("/visits/{visit_id}")
async def read_visit(visit_id: Id, reader: Reader) -> Response:
    visit = await reader.load(VISITS, visit_id, "visits:read")
    [shown] = await _shown_many(reader.db, [visit])
    return reader.show(shown, version=visit.version)


@router.post("/visits/{visit_id}/check-in")
async def check_in(visit_id: Id, body: CheckIn, door: Door, policy: Policy) -> Response:
    return await door.run(
        lambda work: commands.check_in(
            work,
            visit_id,
            device=body.moment(),
            fix=body.fix.fix() if body.fix else None,
            outside_reason=body.outside_reason,
            policy=policy,
        ),
        shown=_shown,
    )


@router.post("/visits/{visit_id}/actions")
async def record_action(visit_id: Id, body: ActionIn, door: Door, policy: Policy) -> Response:
    return await door.run(
        lambda work: commands.record_action(work, visit_id, body.recorded(), body.moment(), policy),
        shown=_shown,
    )


@router.post("/visits/{visit_id}/check-out")
async def check_out(visit_id: Id, body: CheckOut, door: Door, policy: Policy) -> Response:
    return await door.run(
        lambda work: commands.check_out(
            work,
            visit_id,
            device=body.moment(),
            outcome=body.outcome,
            next_step=body.next_step,
            next_step_on=body.next_step_on,
            policy=policy,
        ),
        shown=_shown,
    )


@router.post("/visits/{visit_id}/miss")
async def miss_visit(visit_id: Id, body: Miss, door: Door) -> Response:
    return await door.run(
        lambda work: commands.miss_visit(work, visit_id, body.reason), shown=_shown
    )


@router.post("/visits/{visit_id}/accept")
async def accept_visit(visit_id: Id, door: Door, body: Approval | None = None) -> Response:
    comment = body.comment if body else None
    return await door.run(lambda work: commands.accept_visit(work, visit_id, comment), shown=_shown)


async def _shown(visit: Visit, work: Work) -> dict[str, Any]:
    [view] = await _shown_many(work.db, [visit])
    return view


async def _shown_many(db: Database, visits: list[Visit]) -> list[dict[str, Any]]:
    names = await names_of(
        db, [visit.customer_id for visit in visits], [visit.owner_id for visit in visits]
    )
    return [visit_view(visit, names) for visit in visits]


def visit_view(visit: Visit, names: Names) -> dict[str, Any]:
    """Planned and actual times stand apart."""
    return {
        "id": visit.id,
        "staff_id": visit.staff_id,
        "staff_name": names.staff.get(visit.staff_id),
        "team_id": visit.team_id,
        "region": visit.region,
        "customer_id": visit.customer_id,
        "customer_name": names.customers.get(visit.customer_id),
        "plan_id": visit.plan_id,
        "purpose": visit.purpose,
        "on": visit.on,
        "status": visit.status,
        "is_unplanned": visit.is_unplanned,
        "is_phone": visit.is_phone,
        "accepted_by": visit.accepted_by,
        "times": {"starts_at": visit.starts_at, "ends_at": visit.ends_at},
        "opportunity_ids": visit.opportunity_ids,
        "contact_ids": visit.contact_ids,
        "accompanied_by": visit.accompanied_by,
        "check_in": _check_in_view(visit) if visit.checked_in_at else None,
        "actions": [dataclasses.asdict(action) for action in visit.actions],
        "check_out": _check_out_view(visit) if visit.checked_out_at else None,
        "reason": visit.reason,
        "version": visit.version,
        "created_at": visit.created_at,
        "updated_at": visit.updated_at,
    }


def _check_in_view(visit: Visit) -> dict[str, Any]:
    return {
        "at": visit.checked_in_at,
        "received_at": visit.check_in_received_at,
        "minutes_late": visit.minutes_late,
        "plan_status": visit.plan_status,
        "fix": visit.fix,
        "fix_status": visit.fix_status,
        "distance_metres": visit.distance_metres,
        "is_inside_fence": visit.is_inside_fence,
        "outside_reason": visit.outside_reason,
        "is_time_suspect": visit.is_time_suspect,
    }


def _check_out_view(visit: Visit) -> dict[str, Any]:
    return {
        "at": visit.checked_out_at,
        "received_at": visit.check_out_received_at,
        "minutes": visit.minutes,
        "outcome": visit.outcome,
        "next_step": visit.next_step,
        "next_step_on": visit.next_step_on,
        "is_closed_by_rule": visit.is_closed_by_rule,
    }
