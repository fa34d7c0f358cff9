"""What is published about stand-ins."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.stand_ins import model

EVENTS: EventTable = {
    model.StandInAppointed: wire.StandInAppointed,
    model.StandInEnded: wire.StandInEnded,
}
