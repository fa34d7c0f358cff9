"""The Kafka door: what moves a customer's status, where it lies, and who its owners are."""

from chassis import organisation
from chassis.intake import Subscription
from chassis.received import Received
from chassis.work import Work
from contracts import field, pipeline
from contracts.topics import events_topic

from customers.deal_members.store import keep_members, move_members
from customers.from_leads.commands import take_application
from customers.from_leads.model import Application
from customers.records.store import CUSTOMERS


async def on_opportunity_opened(work: Work, event: Received[pipeline.OpportunityOpened]) -> None:
    """Potential customers are interested from now on."""
    customer_id = event.data.terms.customer_id
    customer = await work.find(CUSTOMERS, customer_id) if customer_id else None
    if customer is not None:
        customer.show_interest(event.id)


async def on_opportunity_shared(work: Work, event: Received[pipeline.OpportunityShared]) -> None:
    """Members of its team reach the customer's people and places."""
    staff = [member.staff_id for member in event.data.members]
    keep_members(work, event.subject, event.data.customer_id, staff)


async def on_opportunity_updated(work: Work, event: Received[pipeline.OpportunityUpdated]) -> None:
    if "customer_id" in event.data.changed:
        await move_members(work, event.subject, event.data.terms.customer_id)


async def on_order_placed(work: Work, event: Received[pipeline.OrderPlaced]) -> None:
    customer = await work.find(CUSTOMERS, event.data.customer_id)
    if customer is not None:
        customer.buy(event.id)


async def on_lead_qualification_requested(
    work: Work, event: Received[pipeline.LeadQualificationRequested]
) -> None:
    """A lead is to become a customer: decided in a unit of work of its own."""
    asked, company = event.data, event.data.company
    referrer = asked.referrer
    take_application(
        work,
        Application(
            lead_id=event.subject,
            attempt=asked.attempt,
            owner_id=asked.owner_id,
            name=company.name,
            credit_code=company.credit_code,
            industry=company.industry,
            region=company.region,
            kind=company.kind,
            source=asked.source,
            referrer_id=referrer.id if referrer and referrer.kind == "customer" else None,
            forced_reason=asked.forced_reason if asked.is_forced else None,
        ),
    )


async def on_visit_checked_in(work: Work, event: Received[field.VisitCheckedIn]) -> None:
    """A customer without a place gets the first good one proposed."""
    visit = event.data
    if visit.fix is None or visit.fix_status != "fresh" or visit.is_phone:
        return
    customer = await work.find(CUSTOMERS, visit.customer_id)
    if customer is not None:
        customer.propose_position(visit.fix.position)


PIPELINE = Subscription(
    events_topic("pipeline"),
    {
        pipeline.OpportunityOpened: on_opportunity_opened,
        pipeline.OpportunityShared: on_opportunity_shared,
        pipeline.OpportunityUpdated: on_opportunity_updated,
        pipeline.OrderPlaced: on_order_placed,
        pipeline.LeadQualificationRequested: on_lead_qualification_requested,
    },
)
FIELD = Subscription(events_topic("field"), {field.VisitCheckedIn: on_visit_checked_in})
SUBSCRIPTIONS = [
    PIPELINE,
    FIELD,
    organisation.subscription(follow=["customers", "contacts", "customer_refusals"]),
]
