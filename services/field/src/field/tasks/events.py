"""Tasks: from fact to contract, field by field under the same names."""

from chassis.events import EventTable
from contracts import field as wire

from field.tasks import model

EVENTS: EventTable = {
    model.TaskCreated: wire.TaskCreated,
    model.TaskDone: wire.TaskDone,
    model.TaskCancelled: wire.TaskCancelled,
}
