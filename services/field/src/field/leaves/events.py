"""Leave: from fact to contract, field by field under the same names."""

from chassis.events import EventTable
from contracts import field as wire

from field.leaves import model

EVENTS: EventTable = {
    model.LeaveRequested: wire.LeaveRequested,
    model.LeaveGranted: wire.LeaveGranted,
    model.LeaveRefused: wire.LeaveRefused,
    model.LeaveCancelled: wire.LeaveCancelled,
}
