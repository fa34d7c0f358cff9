"""What is published about stage playbooks and worklists."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.stage_playbooks import model

EVENTS: EventTable = {
    model.StagePlaybookWritten: wire.StagePlaybookWritten,
    model.StepTicked: wire.StepTicked,
}
