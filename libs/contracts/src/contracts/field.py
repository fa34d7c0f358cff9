"""Events of the field service: the sales force, its plans and its visits."""

from datetime import date, datetime

import msgspec

from contracts.envelope import Event, event
from contracts.values import (
    ContactId,
    CustomerId,
    Fix,
    LeaveId,
    OpportunityId,
    StaffId,
    TaskId,
    TeamId,
    VisitId,
    VisitPlanId,
)


class StaffProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff as every service knows them."""

    name: str
    team_id: TeamId | None = None
    roles: list[str] = []
    staff_number: str | None = None
    external_id: str | None = None
    joined_on: date | None = None


@event("staff", "joined")
class StaffJoined(Event, frozen=True, kw_only=True):
    staff_id: StaffId
    profile: StaffProfile


@event("staff", "moved")
class StaffMoved(Event, frozen=True, kw_only=True):
    """Changed team, roles or name."""

    staff_id: StaffId
    profile: StaffProfile
    previous: StaffProfile
    effective_on: date | None = None


@event("staff", "left")
class StaffLeft(Event, frozen=True, kw_only=True):
    staff_id: StaffId
    left_on: date
    profile: StaffProfile


class TeamProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the organisation tree; kind is company, region or team."""

    name: str
    kind: str = "team"
    parent_id: TeamId | None = None
    leader_id: StaffId | None = None
    region: str | None = None
    external_id: str | None = None


@event("team", "formed")
class TeamFormed(Event, frozen=True, kw_only=True):
    team_id: TeamId
    profile: TeamProfile


@event("team", "changed")
class TeamChanged(Event, frozen=True, kw_only=True):
    team_id: TeamId
    profile: TeamProfile
    previous: TeamProfile


class PlannedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a visit plan: whom, why, when, and the deal and people it is for."""

    visit_id: VisitId
    customer_id: CustomerId
    purpose: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opportunity_ids: list[OpportunityId] = []
    contact_ids: list[ContactId] = []
    accompanied_by: list[StaffId] = []
    is_phone: bool = False


@event("visit_plan", "drafted")
class VisitPlanDrafted(Event, frozen=True, kw_only=True):
    """A plan was written, or written anew before it is handed in; nobody need act on it yet."""

    plan_id: VisitPlanId
    staff_id: StaffId
    on: date
    visits: list[PlannedVisit]
    is_late: bool


@event("visit_plan", "submitted")
class VisitPlanSubmitted(Event, frozen=True, kw_only=True):
    plan_id: VisitPlanId
    staff_id: StaffId
    on: date
    visits: list[PlannedVisit]
    is_late: bool


@event("visit_plan", "approved")
class VisitPlanApproved(Event, frozen=True, kw_only=True):
    plan_id: VisitPlanId
    staff_id: StaffId
    on: date
    visits: list[PlannedVisit]
    approved_by: StaffId
    comment: str | None = None


@event("visit_plan", "changed")
class VisitPlanChanged(Event, frozen=True, kw_only=True):
    plan_id: VisitPlanId
    staff_id: StaffId
    on: date
    visits: list[PlannedVisit]
    previous: list[PlannedVisit]
    changed_by: StaffId


@event("visit_plan", "rejected")
class VisitPlanRejected(Event, frozen=True, kw_only=True):
    plan_id: VisitPlanId
    staff_id: StaffId
    on: date
    visits: list[PlannedVisit]
    rejected_by: StaffId
    comment: str


@event("visit", "planned")
class VisitPlanned(Event, frozen=True, kw_only=True):
    """A visit is arranged; `plan_id` is missing for an unplanned one (临时拜访).

    Told again, whole, when the plan is changed before the visit.
    """

    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    purpose: str
    plan_id: VisitPlanId | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opportunity_ids: list[OpportunityId] = []
    contact_ids: list[ContactId] = []
    is_unplanned: bool = False
    is_phone: bool = False
    on: date | None = None


@event("visit", "accepted")
class VisitAccepted(Event, frozen=True, kw_only=True):
    """A superior accepts an unplanned visit, as approving a plan would have done."""

    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    opportunity_ids: list[OpportunityId] = []
    contact_ids: list[ContactId] = []
    accepted_by: StaffId
    comment: str | None = None


@event("visit", "cancelled")
class VisitCancelled(Event, frozen=True, kw_only=True):
    """It will not take place: its plan was rejected or changed."""

    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    opportunity_ids: list[OpportunityId] = []
    reason: str


@event("visit", "checked_in")
class VisitCheckedIn(Event, frozen=True, kw_only=True):
    """`plan_status`: approved, unreviewed (未审) or none; `fix_status`: fresh, stale, inaccurate,
    missing. A distance stands only beside a fresh fix."""

    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    opportunity_ids: list[OpportunityId] = []
    at: datetime
    device_at: datetime | None = None
    fix: Fix | None = None
    distance_metres: float | None = None
    is_inside_fence: bool | None = None
    outside_reason: str | None = None
    is_unplanned: bool = False
    plan_status: str | None = None
    fix_status: str = "missing"
    is_phone: bool = False
    is_time_suspect: bool = False


@event("visit", "checked_out")
class VisitCheckedOut(Event, frozen=True, kw_only=True):
    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    at: datetime
    device_at: datetime | None = None
    minutes: float
    outcome: str | None = None
    next_step: str | None = None
    next_step_on: date | None = None
    is_closed_by_rule: bool = False


class SurveyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a first survey found out (初步调研)."""

    need: str | None = None
    budget_range: str | None = None
    purchase_on: date | None = None
    purchase_method: str | None = None
    notes: str | None = None


class Attendee(msgspec.Struct, frozen=True, kw_only=True):
    contact_id: ContactId
    stance: int | None = None


@event("visit", "action_recorded")
class VisitActionRecorded(Event, frozen=True, kw_only=True):
    """One thing done at a visit: a survey, an interview, a demonstration, a collection …"""

    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    opportunity_ids: list[OpportunityId] = []
    action: str
    contact_ids: list[ContactId] = []
    attendees: list[Attendee] = []
    survey: SurveyResult | None = None
    note: str | None = None


@event("visit", "missed")
class VisitMissed(Event, frozen=True, kw_only=True):
    visit_id: VisitId
    staff_id: StaffId
    customer_id: CustomerId
    opportunity_ids: list[OpportunityId] = []
    on: date
    reason: str | None = None


class WorkingShift(msgspec.Struct, frozen=True, kw_only=True):
    """Local hours of a working day, `HH:MM`, half-open."""

    start: str
    end: str


class WorkingCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """The company's working calendar 工作日历; weekdays count from 1 (Monday).

    `holidays` 节假日 are free and `make_up_days` 调休上班日 are worked, whatever their weekday.
    """

    timezone: str
    weekdays: list[int]
    hours: list[WorkingShift]
    holidays: list[date] = []
    make_up_days: list[date] = []


@event("calendar", "changed")
class CalendarChanged(Event, frozen=True, kw_only=True):
    calendar_id: str
    calendar: WorkingCalendar
    previous: WorkingCalendar | None = None


@event("leave", "requested")
class LeaveRequested(Event, frozen=True, kw_only=True):
    """Somebody wants to be away 请假/出差 from one local day to another, both included.

    `kind` is leave or business_trip. Why stays in the field service.
    """

    leave_id: LeaveId
    staff_id: StaffId
    kind: str
    first_on: date
    last_on: date


@event("leave", "granted")
class LeaveGranted(Event, frozen=True, kw_only=True):
    leave_id: LeaveId
    staff_id: StaffId
    kind: str
    first_on: date
    last_on: date
    granted_by: StaffId


@event("leave", "refused")
class LeaveRefused(Event, frozen=True, kw_only=True):
    leave_id: LeaveId
    staff_id: StaffId
    refused_by: StaffId
    reason: str


@event("leave", "cancelled")
class LeaveCancelled(Event, frozen=True, kw_only=True):
    """They are there after all; `was_granted`: others reckoned with their absence."""

    leave_id: LeaveId
    staff_id: StaffId
    was_granted: bool


class TaskSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a task comes from: by hand, or kind and id of what made it (funnel_review …)."""

    kind: str = "hand"
    id: str | None = None
    opportunity_id: OpportunityId | None = None
    customer_id: CustomerId | None = None


@event("task", "created")
class TaskCreated(Event, frozen=True, kw_only=True):
    """`owner_id` is to do it by the end of the local day `due_on`."""

    task_id: TaskId
    owner_id: StaffId
    content: str
    due_on: date
    source: TaskSource
    created_by: str


@event("task", "done")
class TaskDone(Event, frozen=True, kw_only=True):
    task_id: TaskId
    owner_id: StaffId
    result: str
    done_at: datetime
    is_late: bool


@event("task", "cancelled")
class TaskCancelled(Event, frozen=True, kw_only=True):
    task_id: TaskId
    owner_id: StaffId
    reason: str
