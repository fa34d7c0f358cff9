"""What is published about requirement changes."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.requirement_changes import model

EVENTS: EventTable = {
    model.RequirementChangeRaised: wire.RequirementChangeRaised,
    model.RequirementChangeRevised: wire.RequirementChangeRevised,
    model.RequirementChangeSubmitted: wire.RequirementChangeSubmitted,
    model.RequirementChangeApproved: wire.RequirementChangeApproved,
    model.RequirementChangeRefused: wire.RequirementChangeRefused,
    model.RequirementChangeConfirmed: wire.RequirementChangeConfirmed,
    model.RequirementChangeApplied: wire.RequirementChangeApplied,
    model.RequirementChangeWithdrawn: wire.RequirementChangeWithdrawn,
}
