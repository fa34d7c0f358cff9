"""What is published about deals: a contract of the same name for every fact."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.opportunities import model

EVENTS: EventTable = {
    model.OpportunityOpened: wire.OpportunityOpened,
    model.OpportunityUpdated: wire.OpportunityUpdated,
    model.ExpectedCloseChanged: wire.ExpectedCloseChanged,
    model.IntentChanged: wire.IntentChanged,
    model.OpportunityOwnerChanged: wire.OpportunityOwnerChanged,
    model.EvidenceLinked: wire.EvidenceLinked,
    model.MilestoneProven: wire.MilestoneProven,
    model.MilestoneInvalidated: wire.MilestoneInvalidated,
    model.GateWaived: wire.GateWaived,
    model.StageAdvanced: wire.StageAdvanced,
    model.StageMovedBack: wire.StageMovedBack,
    model.BuyerStageChanged: wire.BuyerStageChanged,
    model.BuyerStageDoubted: wire.BuyerStageDoubted,
    model.MisalignmentChanged: wire.MisalignmentChanged,
    model.OpportunityWon: wire.OpportunityWon,
    model.OpportunityLost: wire.OpportunityLost,
    model.OpportunityReopened: wire.OpportunityReopened,
    model.OpportunityParked: wire.OpportunityParked,
    model.OpportunityRecheckDue: wire.OpportunityRecheckDue,
    model.OpportunityJudgementDue: wire.OpportunityJudgementDue,
    model.OpportunityFollowUpDue: wire.OpportunityFollowUpDue,
    model.GateRefusalRecorded: wire.GateRefusalRecorded,
}
