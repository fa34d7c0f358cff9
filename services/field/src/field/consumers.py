"""The Kafka door: customers' events, for the copies that plans and visits are checked against,
and the pipeline's reviews, whose minutes become tasks."""

from typing import Any

import msgspec
from chassis.intake import Subscription
from chassis.received import Received
from chassis.work import Work
from contracts import customers as wire
from contracts import pipeline
from contracts.topics import events_topic

from field.projections import CONTACT_COPY, CUSTOMER_COPY
from field.tasks.commands import create_task_of_review
from field.tasks.model import FUNNEL_REVIEW, Source


async def on_customer_registered(work: Work, event: Received[wire.CustomerRegistered]) -> None:
    _keep(work, event, event.data.profile)


async def on_customer_updated(work: Work, event: Received[wire.CustomerUpdated]) -> None:
    _keep(work, event, event.data.profile)


async def on_customer_owner_changed(work: Work, event: Received[wire.CustomerOwnerChanged]) -> None:
    known = await work.document(CUSTOMER_COPY, event.subject)
    if known is not None:
        work.put(CUSTOMER_COPY, known | {"owner_id": event.data.owner_id, "team_id": event.team})


async def on_contact_added(work: Work, event: Received[wire.ContactAdded]) -> None:
    work.put(CONTACT_COPY, {"_id": event.subject, "customer_id": event.data.customer_id})


async def on_contact_erased(work: Work, event: Received[wire.ContactErased]) -> None:
    work.delete(CONTACT_COPY, event.subject)


def _keep(work: Work, event: Received[Any], profile: wire.CustomerProfile) -> None:
    work.put(
        CUSTOMER_COPY,
        {
            "_id": event.subject,
            "name": profile.name,
            "owner_id": profile.owner_id,
            "team_id": event.team,
            "positions": [msgspec.to_builtins(position) for position in profile.positions],
        },
    )


CUSTOMERS = Subscription(
    events_topic("customers"),
    {
        wire.CustomerRegistered: on_customer_registered,
        wire.CustomerUpdated: on_customer_updated,
        wire.CustomerOwnerChanged: on_customer_owner_changed,
        wire.ContactAdded: on_contact_added,
        wire.ContactErased: on_contact_erased,
    },
)


async def on_funnel_review_held(work: Work, event: Received[pipeline.FunnelReviewHeld]) -> None:
    for minutes in event.data.minutes:
        for place, task in enumerate(minutes.tasks):
            await create_task_of_review(
                work,
                f"{minutes.opportunity_id}:{place}",
                owner_id=task.owner_id,
                content=task.content,
                due_on=task.due_on,
                source=Source(
                    kind=FUNNEL_REVIEW,
                    id=event.subject,
                    opportunity_id=minutes.opportunity_id,
                    customer_id=minutes.customer_id,
                ),
                by=event.data.reviewer_id,
            )


PIPELINE = Subscription(
    events_topic("pipeline"), {pipeline.FunnelReviewHeld: on_funnel_review_held}
)
SUBSCRIPTIONS = [CUSTOMERS, PIPELINE]
