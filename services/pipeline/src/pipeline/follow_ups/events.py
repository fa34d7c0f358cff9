"""What is published about follow-ups."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.follow_ups import model

EVENTS: EventTable = {
    model.FollowUpPlanned: wire.FollowUpPlanned,
    model.FollowUpDone: wire.FollowUpDone,
    model.FollowUpCancelled: wire.FollowUpCancelled,
    model.FollowUpOwnerChanged: wire.FollowUpOwnerChanged,
}
