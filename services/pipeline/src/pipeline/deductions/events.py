"""What is published about deductions."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.deductions import model

EVENTS: EventTable = {
    model.DeductionProposed: wire.DeductionProposed,
    model.DeductionMade: wire.DeductionMade,
    model.DeductionRefused: wire.DeductionRefused,
    model.DeductionReversed: wire.DeductionReversed,
}
