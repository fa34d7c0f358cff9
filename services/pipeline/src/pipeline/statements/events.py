"""What is published about statements of account."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.statements import model

EVENTS: EventTable = {
    model.StatementIssued: wire.StatementIssued,
    model.StatementConfirmed: wire.StatementConfirmed,
    model.StatementDisputed: wire.StatementDisputed,
}
