"""Qualifying 转化: a lead becomes business with a customer, known or new.

A new customer is registered by `customers`, which answers by an event: until then the lead waits.
What is called from consumers reads by id only.
"""

from dataclasses import dataclass
from datetime import date

from chassis import organisation
from chassis.problems import Refused, ValidationFailed
from chassis.timers import cancel_timer
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import reach
from pipeline.leads.giving import RESPONSE
from pipeline.leads.model import QUALIFYING, Lead, Refusal, Wish
from pipeline.leads.store import LEADS
from pipeline.opportunities.commands import Opening, open_for
from pipeline.opportunities.model import Holder
from pipeline.opportunities.references import unknown_products
from pipeline.templates.store import newest


@dataclass(frozen=True, kw_only=True)
class Target:
    """An existing customer, the duplicate that was told of, or (neither) a new one."""

    customer_id: str | None = None
    is_duplicate: bool = False
    is_forced: bool = False
    reason: str | None = None


async def qualify_lead(work: Work, identifier: str, target: Target, wish: Wish | None) -> Lead:
    """With an existing customer at once; a new one is asked for, and the lead waits.

    Raises:
        ValidationFailed: an unknown customer, product or process.
        LeadTaken: it is nobody's yet.
    """
    lead = await reach(work, LEADS, identifier, "leads:qualify")
    await _require_known(work, target, wish)
    customer_id = target.customer_id
    if target.is_duplicate:
        customer_id = lead.refusal.duplicate_of if lead.refusal else None
        if customer_id is None:
            raise ValidationFailed(
                copies.field_error("/into_duplicate", "none", "没有重复客户", "none was told")
            )
    cancel_timer(work, RESPONSE, lead.id)
    if customer_id is None:
        lead.request_customer(wish, at=work.now, is_forced=target.is_forced, reason=target.reason)
        return lead
    if wish is not None:
        await work.scope("opportunities:write")
    lead.require_held()
    opportunity_id = await _opened(work, lead, customer_id, wish)
    lead.qualify(customer_id, opportunity_id, is_new_customer=False)
    return lead


async def settle_registered(work: Work, lead_id: str, customer_id: str) -> None:
    """`customers` registered the company: the deal is opened, and the lead is done."""
    lead = await work.find(LEADS, lead_id)
    if lead is None or lead.status != QUALIFYING or lead.request is None:
        return
    try:
        opportunity_id = await _opened(work, lead, customer_id, lead.request.wish)
    except Refused:
        # What the deal names may be gone meanwhile; the customer is there all the same.
        opportunity_id = None
    lead.qualify(customer_id, opportunity_id, is_new_customer=True)


async def settle_refused(work: Work, lead_id: str, attempt: int, refusal: Refusal) -> None:
    """`customers` would not: the lead is back with its owner, who is told whom to talk to."""
    lead = await work.find(LEADS, lead_id)
    if lead is not None and lead.request is not None and lead.request.attempt == attempt:
        lead.be_refused(refusal)


async def _opened(work: Work, lead: Lead, customer_id: str, wish: Wish | None) -> str | None:
    if wish is None or lead.owner_id is None:
        return None
    stamp = await organisation.stamp(work, lead.owner_id)
    holder = Holder(staff_id=lead.owner_id, team_id=stamp.team_id, region=stamp.region)
    values = {
        "name": wish.name,
        "customer_id": customer_id,
        "amount": wish.amount,
        "product_id": wish.product_id,
        "expected_close_on": wish.expected_close_on,
        "need": wish.need,
    }
    said = {name: value for name, value in values.items() if value is not None}
    deal = await open_for(
        work, holder, Opening(template=wish.template), said, today=await _today(work)
    )
    return deal.id


async def _today(work: Work) -> date:
    return (await calendar.workdays(work)).local_date(work.now)


async def _require_known(work: Work, target: Target, wish: Wish | None) -> None:
    errors = []
    if target.customer_id is not None and await copies.customer(work, target.customer_id) is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if wish is not None:
        if await newest(work.db, wish.template) is None:
            errors.append(copies.unknown("/opportunity/template", "流程模板", "process template"))
        if await unknown_products(work, [], wish.product_id):
            errors.append(copies.unknown("/opportunity/product_id", "产品", "product"))
    if errors:
        raise ValidationFailed(errors)
