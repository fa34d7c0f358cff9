"""The Kafka door: what the pipeline listens to, and what it does about it.

Customers and contacts become local copies; the field's plans and visits become evidence. Handlers
read by id only, since a slice of events shares one unit of work.
"""

from datetime import time
from typing import Any

from chassis import organisation
from chassis.intake import Subscription
from chassis.names import core_of, pieces_of
from chassis.received import Received
from chassis.work import Work
from chassis.workdays import Shift, Workdays
from contracts import customers, field, insights
from contracts.topics import events_topic

from pipeline import calendar
from pipeline.copies import CONTACTS, CUSTOMERS, TIERS, VISITS
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence, Findings, Met
from pipeline.leads.giving import follow_leaver
from pipeline.leads.model import Refusal
from pipeline.leads.qualifying import settle_refused, settle_registered
from pipeline.opportunities.store import MARK, OPPORTUNITIES

OWNED = [
    "opportunities",
    "gate_refusals",
    "opportunity_teams",
    "deal_facts",
    "playbook_progress",
    "cases",
    "follow_ups",
    "deal_clocks",
    "funnel_reviews",
    "orders",
    "payments",
    "quotes",
    "agreed_prices",
    "cost_inquiries",
    "approvals",
    "files",
    "stand_ins",
    "saved_views",
    "tenders",
    "hand_overs",
    "outcome_reviews",
    "leads",
    "payment_milestones",
    "temporary_credit_limits",
    "deductions",
    "invoices",
    "statements",
    "registrations",
    "contracts",
    "requirement_changes",
]
"""Collections whose records follow their owner into another team."""

CustomerTold = Received[customers.CustomerRegistered] | Received[customers.CustomerUpdated]
ContactTold = Received[customers.ContactAdded] | Received[customers.ContactUpdated]


# Local copies


async def on_customer(work: Work, event: CustomerTold) -> None:
    profile = event.data.profile
    known = await work.document(CUSTOMERS, event.subject)
    if known is not None and known.get("name") != profile.name:
        # A deal is found by its customer's name.
        deals = {"terms.customer_id": event.subject}
        work.update_many(OPPORTUNITIES.collection, deals, {"$set": MARK})
    core = core_of(profile.name)
    work.put(
        CUSTOMERS,
        {
            "_id": event.subject,
            "name": profile.name,
            "kind": profile.kind,
            "region": profile.region,
            "owner_id": profile.owner_id,
            "collaborator_ids": list(profile.collaborator_ids),
            "external_id": profile.external_id,
            "group_parent_id": profile.group_parent_id,
            "credit_terms": profile.credit_terms,
            "credit_days": profile.credit_days,
            "credit_limit": profile.credit_limit
            and {
                "amount": str(profile.credit_limit.amount),
                "currency": profile.credit_limit.currency,
            },
            "cores": [core],
            "pieces": pieces_of(core),
        }
        | ({"credit_code": profile.credit_code} if profile.credit_code else {}),
    )


async def on_customer_registered(work: Work, event: Received[customers.CustomerRegistered]) -> None:
    """The copy; and a lead that waited for this customer is qualified."""
    await on_customer(work, event)
    if event.data.lead_id is not None:
        await settle_registered(work, event.data.lead_id, event.subject)


async def on_customer_refusal(
    work: Work, event: Received[customers.CustomerRefusalRecorded]
) -> None:
    told = event.data
    refusal = Refusal(
        reason=told.reason,
        duplicate_of=told.duplicate_of,
        duplicate_owner_id=told.duplicate_owner_id,
    )
    await settle_refused(work, told.lead_id, told.attempt, refusal)


async def on_customer_owner_changed(
    work: Work, event: Received[customers.CustomerOwnerChanged]
) -> None:
    known = await work.document(CUSTOMERS, event.subject) or {"_id": event.subject}
    owner = {
        "owner_id": event.data.owner_id,
        "collaborator_ids": list(event.data.collaborator_ids),
    }
    work.put(CUSTOMERS, known | owner)


async def on_tier_changed(work: Work, event: Received[insights.TierChanged]) -> None:
    """The tier decides which price list applies; what was quoted keeps its prices."""
    work.put(TIERS, {"_id": event.data.customer_id, "tier": event.data.effective})


async def on_contact(work: Work, event: ContactTold) -> None:
    """Only what a gate asks for: whose contact it is, and the role in buying."""
    work.put(
        CONTACTS,
        {
            "_id": event.subject,
            "customer_id": event.data.customer_id,
            "buying_role": event.data.buying_role,
        },
    )


async def on_contact_erased(work: Work, event: Received[customers.ContactErased]) -> None:
    """A tombstone: the id stays, nothing else."""
    erased = {"_id": event.subject, "customer_id": event.data.customer_id, "is_erased": True}
    work.put(CONTACTS, erased)


# Working days and absences


async def on_calendar_changed(work: Work, event: Received[field.CalendarChanged]) -> None:
    told = event.data.calendar
    days = Workdays(
        timezone=told.timezone,
        weekdays=frozenset(told.weekdays),
        hours=tuple(
            Shift(start=time.fromisoformat(shift.start), end=time.fromisoformat(shift.end))
            for shift in told.hours
        ),
        holidays=frozenset(told.holidays),
        make_up_days=frozenset(told.make_up_days),
    )
    calendar.keep_calendar(work, event.subject, days)


async def on_leave_granted(work: Work, event: Received[field.LeaveGranted]) -> None:
    leave = event.data
    await calendar.note_absence(work, leave.staff_id, event.subject, leave.first_on, leave.last_on)


async def on_leave_cancelled(work: Work, event: Received[field.LeaveCancelled]) -> None:
    await calendar.forget_absence(work, event.data.staff_id, event.subject)


# Evidence from the field


async def on_staff_left(work: Work, event: Received[field.StaffLeft]) -> None:
    """Their leads are given to others; what else they had waits for a hand-over."""
    follow_leaver(work, event.subject)


async def on_visit_planned(work: Work, event: Received[field.VisitPlanned]) -> None:
    """A person and a time make an appointment; an unplanned visit had none."""
    visit = event.data
    if visit.is_unplanned or visit.starts_at is None:
        return
    await note_fact(
        work,
        Evidence(
            id=f"appointment_made:{event.subject}",
            kind="appointment_made",
            event_id=event.id,
            at=event.occurred_at,
            customer_id=visit.customer_id,
            opportunity_ids=list(visit.opportunity_ids),
            met=[Met(contact_id=contact_id) for contact_id in visit.contact_ids],
        ),
    )


async def on_visit_plan_approved(work: Work, event: Received[field.VisitPlanApproved]) -> None:
    for visit in event.data.visits:
        await note_fact(
            work,
            Evidence(
                id=f"visit_plan_approved:{visit.visit_id}",
                kind="visit_plan_approved",
                event_id=event.id,
                at=event.occurred_at,
                customer_id=visit.customer_id,
                opportunity_ids=list(visit.opportunity_ids),
            ),
        )


async def on_visit_plan_changed(work: Work, event: Received[field.VisitPlanChanged]) -> None:
    """What the change left out is approved no more; the new plan's approval is told apart."""
    left = {visit.visit_id for visit in event.data.visits}
    for visit in event.data.previous:
        if visit.visit_id not in left:
            await _withdraw_visit(work, visit.visit_id, event, "the visit plan was changed")


async def on_visit_plan_rejected(work: Work, event: Received[field.VisitPlanRejected]) -> None:
    for visit in event.data.visits:
        await _withdraw_visit(work, visit.visit_id, event, "the visit plan was rejected")


async def on_visit_accepted(work: Work, event: Received[field.VisitAccepted]) -> None:
    """A superior's acceptance of an unplanned visit (临时拜访) is worth an approved plan."""
    await note_fact(
        work,
        Evidence(
            id=f"visit_plan_approved:{event.subject}",
            kind="visit_plan_approved",
            event_id=event.id,
            at=event.occurred_at,
            customer_id=event.data.customer_id,
            opportunity_ids=list(event.data.opportunity_ids),
        ),
    )


async def on_visit_cancelled(work: Work, event: Received[field.VisitCancelled]) -> None:
    await _withdraw_visit(work, event.subject, event, "the visit was cancelled")


async def on_visit_checked_in(work: Work, event: Received[field.VisitCheckedIn]) -> None:
    work.put(VISITS, {"_id": event.subject, "is_phone": event.data.is_phone})


async def on_visit_action_recorded(work: Work, event: Received[field.VisitActionRecorded]) -> None:
    """Whoever was met was met; a survey or a demonstration also counts as such, if on the spot."""
    action = event.data
    visit = await work.document(VISITS, event.subject)
    if visit is None:
        return
    people = {contact_id: Met(contact_id=contact_id) for contact_id in action.contact_ids}
    people |= {
        person.contact_id: Met(contact_id=person.contact_id, stance=person.stance)
        for person in action.attendees
    }
    kinds = ["contact_held"] if people else []
    if not visit["is_phone"]:
        kinds += {"survey": ["survey_taken"], "demonstration": ["demonstration_held"]}.get(
            action.action, []
        )
    for kind in kinds:
        await note_fact(
            work,
            Evidence(
                id=f"{kind}:{event.subject}-{event.sequence}",
                kind=kind,
                event_id=event.id,
                at=event.occurred_at,
                customer_id=action.customer_id,
                opportunity_ids=list(action.opportunity_ids),
                met=list(people.values()),
                findings=_findings(action.survey),
            ),
        )


def _findings(survey: field.SurveyResult | None) -> Findings | None:
    if survey is None:
        return None
    return Findings(
        need=survey.need,
        budget_range=survey.budget_range,
        purchase_on=survey.purchase_on,
        purchase_method=survey.purchase_method,
    )


async def _withdraw_visit(work: Work, visit_id: str, by: Received[Any], reason: str) -> None:
    # A visit and its plan are told of apart, so that the withdrawal may come before the fact.
    for kind in ("appointment_made", "visit_plan_approved"):
        await withdraw_fact(work, f"{kind}:{visit_id}", by.id, reason, at=by.occurred_at)


SUBSCRIPTIONS = [
    Subscription(
        events_topic("customers"),
        {
            customers.CustomerRegistered: on_customer_registered,
            customers.CustomerRefusalRecorded: on_customer_refusal,
            customers.CustomerUpdated: on_customer,
            customers.CustomerOwnerChanged: on_customer_owner_changed,
            customers.ContactAdded: on_contact,
            customers.ContactUpdated: on_contact,
            customers.ContactErased: on_contact_erased,
        },
    ),
    organisation.subscription(follow=OWNED, marked={OPPORTUNITIES.collection: MARK}),
    Subscription(
        events_topic("field"),
        {
            field.StaffLeft: on_staff_left,
            field.VisitPlanned: on_visit_planned,
            field.VisitPlanApproved: on_visit_plan_approved,
            field.VisitPlanChanged: on_visit_plan_changed,
            field.VisitPlanRejected: on_visit_plan_rejected,
            field.VisitAccepted: on_visit_accepted,
            field.VisitCancelled: on_visit_cancelled,
            field.VisitCheckedIn: on_visit_checked_in,
            field.VisitActionRecorded: on_visit_action_recorded,
            field.CalendarChanged: on_calendar_changed,
            field.LeaveGranted: on_leave_granted,
            field.LeaveCancelled: on_leave_cancelled,
        },
    ),
    Subscription(events_topic("insights"), {insights.TierChanged: on_tier_changed}),
]
