"""What is published about deals: a contract of the same name for every fact."""

import msgspec
from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.opportunities import model


def _template_version_changed(
    deal: model.Opportunity, fact: model.TemplateVersionChanged
) -> wire.TemplateVersionChanged:
    return msgspec.convert(
        vars(fact) | {"opportunity_id": deal.id, "template": deal.template},
        wire.TemplateVersionChanged,
        from_attributes=True,
    )


EVENTS: EventTable = {
    model.OpportunityOpened: wire.OpportunityOpened,
    model.OpportunityUpdated: wire.OpportunityUpdated,
    model.ExpectedCloseChanged: wire.ExpectedCloseChanged,
    model.IntentChanged: wire.IntentChanged,
    model.OpportunityOwnerChanged: wire.OpportunityOwnerChanged,
    model.EvaluationPrepared: wire.EvaluationPrepared,
    model.EvidenceLinked: wire.EvidenceLinked,
    model.MilestoneProven: wire.MilestoneProven,
    model.MilestoneInvalidated: wire.MilestoneInvalidated,
    model.GateWaived: wire.GateWaived,
    model.StageAdvanced: wire.StageAdvanced,
    model.StageMovedBack: wire.StageMovedBack,
    model.TemplateVersionChanged: _template_version_changed,
    model.BuyerStageChanged: wire.BuyerStageChanged,
    model.BuyerStageDoubted: wire.BuyerStageDoubted,
    model.MisalignmentChanged: wire.MisalignmentChanged,
    model.OpportunityShared: wire.OpportunityShared,
    model.CreditSharesAgreed: wire.CreditSharesAgreed,
    model.OpportunityWon: wire.OpportunityWon,
    model.OpportunityLost: wire.OpportunityLost,
    model.OpportunityReopened: wire.OpportunityReopened,
    model.OpportunityParked: wire.OpportunityParked,
    model.OpportunityRecheckDue: wire.OpportunityRecheckDue,
    model.OpportunityJudgementDue: wire.OpportunityJudgementDue,
    model.OpportunityDueSettled: wire.OpportunityDueSettled,
    model.OpportunityFollowUpDue: wire.OpportunityFollowUpDue,
    model.GateRefusalRecorded: wire.GateRefusalRecorded,
}
