"""What can be done with follow-ups. A planned one is an appointment, a done one a held contact."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence, Met
from pipeline.follow_ups.model import Commitment, FollowUp, Plan, plan_follow_up
from pipeline.follow_ups.store import FOLLOW_UPS
from pipeline.holders import holder_for
from pipeline.opportunities.model import OPEN
from pipeline.opportunities.store import OPPORTUNITIES


@dataclass(frozen=True, kw_only=True)
class NewFollowUp:
    """A plan as it is given: for a deal, or for a customer without one."""

    plan: Plan
    opportunity_id: str | None = None
    customer_id: str | None = None
    contact_ids: list[str] = field(default_factory=list)
    owner_id: str | None = None
    due_at: datetime | None = None


async def plan_new_follow_up(work: Work, given: NewFollowUp, *, grace: timedelta) -> FollowUp:
    """The caller's own unless another owner is named; of a deal it takes the customer."""
    errors = await copies.unknown_contacts(work, given.contact_ids, "/contact_ids")
    customer_id, key = given.customer_id, given.customer_id
    shared_with: list[str] = []
    intent, stage = None, None
    if given.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, given.opportunity_id, "opportunities:read")
        if customer_id not in (None, deal.customer_id):
            errors.append(
                copies.field_error(
                    "/customer_id",
                    "other-customer",
                    "与商机的客户不一致",
                    "is not that of the deal",
                )
            )
        customer_id = deal.customer_id
        key = deal.customer_id or deal.id
        shared_with = list(deal.collaborator_ids)
        intent, stage = deal.intent, deal.stage
    if customer_id is not None and await copies.customer(work, customer_id) is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if errors:
        raise ValidationFailed(errors)
    holder = await holder_for(work, given.owner_id or acting_staff(work), "follow-ups:write")
    identifier = new_id()
    follow_up = plan_follow_up(
        given.plan,
        identifier=identifier,
        key=key or identifier,
        grace=grace,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        due_at=given.due_at,
        opportunity_id=given.opportunity_id,
        customer_id=customer_id,
        contact_ids=given.contact_ids,
        collaborator_ids=shared_with,
        intent=intent,
        stage=stage,
    )
    work.add(FOLLOW_UPS, follow_up)
    await note_fact(work, _evidence(work, follow_up, "appointment_made"))
    return follow_up


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came of a follow-up 跟进记录."""

    result: str
    intent: str | None = None
    contact_ids: list[str] | None = None
    evidence: list[str] | None = None
    commitment: Commitment | None = None


async def finish_follow_up(work: Work, identifier: str, record: Record) -> FollowUp:
    """It took place. It may change the intent of its deal, and proves that there was a contact."""
    follow_up = await reach(work, FOLLOW_UPS, identifier, "follow-ups:write")
    errors = await copies.unknown_contacts(work, record.contact_ids or [], "/contact_ids")
    if record.intent is not None and follow_up.opportunity_id is None:
        errors.append(
            copies.field_error("/intent", "no-deal", "未关联商机", "it is not for a deal")
        )
    if record.commitment is not None and follow_up.opportunity_id is None:
        errors.append(
            copies.field_error("/commitment", "no-deal", "未关联商机", "it is not for a deal")
        )
    if errors:
        raise ValidationFailed(errors)
    follow_up.finish(
        result=record.result,
        done_at=work.now,
        intent=record.intent,
        contact_ids=record.contact_ids,
        evidence=record.evidence,
        commitment=record.commitment,
    )
    await note_fact(work, _evidence(work, follow_up, "contact_held"))
    if record.intent is not None and follow_up.opportunity_id is not None:
        deal = await work.load(OPPORTUNITIES, follow_up.opportunity_id)
        if deal.status == OPEN:
            deal.change_intent(record.intent, record.result[:1000])
    return follow_up


async def cancel_follow_up(work: Work, identifier: str, reason: str) -> FollowUp:
    """It will not take place, so it is no appointment any more."""
    follow_up = await reach(work, FOLLOW_UPS, identifier, "follow-ups:write")
    follow_up.cancel(reason)
    await withdraw_fact(
        work, f"appointment_made:{identifier}", follow_up.position, "the follow-up was cancelled"
    )
    return follow_up


def _evidence(work: Work, follow_up: FollowUp, kind: str) -> Evidence:
    return Evidence(
        id=f"{kind}:{follow_up.id}",
        kind=kind,
        event_id=follow_up.position,
        at=work.now,
        customer_id=follow_up.customer_id,
        opportunity_ids=[follow_up.opportunity_id] if follow_up.opportunity_id else [],
        met=[Met(contact_id=contact_id) for contact_id in follow_up.contact_ids],
    )
