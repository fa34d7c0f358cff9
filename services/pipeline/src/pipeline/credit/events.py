"""What is published about credit."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.credit import model

EVENTS: EventTable = {
    model.TemporaryLimitRequested: wire.TemporaryCreditLimitRequested,
    model.TemporaryLimitGranted: wire.TemporaryCreditLimitGranted,
    model.TemporaryLimitRefused: wire.TemporaryCreditLimitRefused,
    model.TemporaryLimitEnded: wire.TemporaryCreditLimitEnded,
    model.CreditPolicyChanged: wire.CreditPolicyChanged,
}
