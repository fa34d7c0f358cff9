"""What is published about hand-overs: a contract of the same name for every fact."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.hand_overs import model

EVENTS: EventTable = {
    model.HandOverOpened: wire.HandOverOpened,
    model.HandOverFilled: wire.HandOverFilled,
    model.HandOverSubmitted: wire.HandOverSubmitted,
    model.HandOverAccepted: wire.HandOverAccepted,
    model.HandOverReturned: wire.HandOverReturned,
    model.HandOverOverdue: wire.HandOverOverdue,
    model.HandOverOwnerChanged: wire.HandOverOwnerChanged,
    model.HandOverCancelled: wire.HandOverCancelled,
}
