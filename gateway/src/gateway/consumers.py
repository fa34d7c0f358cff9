"""What the gateway listens to: whose each record is, the organisation, and who has left."""

from typing import Any

import contracts.customers
import contracts.field
import contracts.insights
import contracts.pipeline
from chassis import organisation
from chassis.intake import Handler, Subscription
from chassis.received import Received
from chassis.work import Work
from contracts import field
from contracts.envelope import BY_PAYLOAD, Event
from contracts.topics import SERVICES, events_topic

from gateway.rights import OWNERLESS, RIGHTS, governing, kept_rights
from gateway.sessions import store as sessions

__all__ = ["SUBSCRIPTIONS"]

PUBLISHERS = (contracts.customers, contracts.pipeline, contracts.field, contracts.insights)


async def on_record_changed(work: Work, event: Received[Event]) -> None:
    """Keep whose the record is, if it governs itself."""
    message = event.message
    if governing(message) != message.aggregate:
        return
    # The first event of a record cannot find anything kept.
    known = await work.document(RIGHTS, message.aggregate) if message.sequence > 1 else None
    kept = kept_rights(message, _collaborators(event.data), known)
    if kept is not None:
        work.put(RIGHTS, kept)


async def on_staff_left(work: Work, event: Received[field.StaffLeft]) -> None:
    """Whoever has left is signed out everywhere; signing in again is refused by the copy."""
    work.update_many(
        sessions.SESSIONS,
        {"staff_id": event.subject, "revoked_at": None},
        sessions.revocation(work.now, "left the company"),
    )


def _collaborators(payload: Any) -> list[str] | None:
    """Whom the record is shared with, if this event says so."""
    for part in (payload, getattr(payload, "profile", None), getattr(payload, "terms", None)):
        shared = getattr(part, "collaborator_ids", None)
        if shared is not None:
            return list(shared)
    return None


def _records(publisher: str) -> dict[type[Event], Handler]:
    return {
        payload: on_record_changed
        for payload, kind in BY_PAYLOAD.items()
        if kind.publisher == publisher and kind.aggregate not in OWNERLESS
    }


SUBSCRIPTIONS = [
    *(Subscription(events_topic(service), _records(service)) for service in SERVICES),
    organisation.subscription(follow=[RIGHTS]),
    Subscription(events_topic("field"), {field.StaffLeft: on_staff_left}),
]
