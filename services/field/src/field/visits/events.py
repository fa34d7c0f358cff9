"""Visits: from fact to contract, field by field under the same names."""

from chassis.events import EventTable
from contracts import field as wire

from field.visits import model

EVENTS: EventTable = {
    model.VisitPlanned: wire.VisitPlanned,
    model.VisitAccepted: wire.VisitAccepted,
    model.VisitCancelled: wire.VisitCancelled,
    model.VisitCheckedIn: wire.VisitCheckedIn,
    model.VisitActionRecorded: wire.VisitActionRecorded,
    model.VisitCheckedOut: wire.VisitCheckedOut,
    model.VisitMissed: wire.VisitMissed,
}
