"""The Kafka door: what moves a customer's status, where it lies, and who its owners are."""

from chassis import organisation
from chassis.intake import Subscription
from chassis.received import Received
from chassis.work import Work
from contracts import field, pipeline
from contracts.topics import events_topic

from customers.records.store import CUSTOMERS


async def on_opportunity_opened(work: Work, event: Received[pipeline.OpportunityOpened]) -> None:
    """Potential customers are interested from now on."""
    customer_id = event.data.terms.customer_id
    customer = await work.find(CUSTOMERS, customer_id) if customer_id else None
    if customer is not None:
        customer.show_interest(event.id)


async def on_order_placed(work: Work, event: Received[pipeline.OrderPlaced]) -> None:
    customer = await work.find(CUSTOMERS, event.data.customer_id)
    if customer is not None:
        customer.buy(event.id)


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
        pipeline.OrderPlaced: on_order_placed,
    },
)
FIELD = Subscription(events_topic("field"), {field.VisitCheckedIn: on_visit_checked_in})
SUBSCRIPTIONS = [PIPELINE, FIELD, organisation.subscription(follow=["customers", "contacts"])]
