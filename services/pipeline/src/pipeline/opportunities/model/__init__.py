"""What a deal is, what can happen to it, and what it refuses.

`opportunity` the deal, made of `state` what is kept, `proving` what facts prove of it, and
`moving` where it stands · `opening` how it begins · `gates` what proves a milestone · `terms` what
it is about · `facts` what happened · `refusals` and `gate_refusal` why not.
"""

from pipeline.opportunities.model.facts import (
    BuyerStageChanged,
    BuyerStageDoubted,
    EvidenceLinked,
    ExpectedCloseChanged,
    GateRefusalRecorded,
    GateWaived,
    IntentChanged,
    MilestoneInvalidated,
    MilestoneProven,
    MisalignmentChanged,
    OpportunityFollowUpDue,
    OpportunityJudgementDue,
    OpportunityLost,
    OpportunityOpened,
    OpportunityOwnerChanged,
    OpportunityParked,
    OpportunityRecheckDue,
    OpportunityReopened,
    OpportunityUpdated,
    OpportunityWon,
    StageAdvanced,
    StageMark,
    StageMovedBack,
    Statement,
    TemplateVersionChanged,
)
from pipeline.opportunities.model.gate_refusal import GateRefusal, record_refusal, refusal_id
from pipeline.opportunities.model.gates import BuyingRoles, Standing, told
from pipeline.opportunities.model.opening import (
    Ending,
    Holder,
    open_opportunity,
    opportunity_id,
    take_over,
)
from pipeline.opportunities.model.opportunity import Opportunity
from pipeline.opportunities.model.refusals import (
    GateClosed,
    MoveNotAllowed,
    OpportunityClosed,
    WaivedByOneself,
    WaiversExhausted,
)
from pipeline.opportunities.model.state import LOST, OPEN, WON
from pipeline.opportunities.model.terms import (
    FORECAST_CALLS,
    INTENTS,
    PARTY_ROLES,
    PURCHASE_METHODS,
    DealContact,
    Party,
    Terms,
)
from pipeline.opportunities.model.versions import VersionChange, version_change
from pipeline.templates.model import LOST_REASONS

__all__ = [
    "FORECAST_CALLS",
    "INTENTS",
    "LOST",
    "LOST_REASONS",
    "OPEN",
    "PARTY_ROLES",
    "PURCHASE_METHODS",
    "WON",
    "BuyerStageChanged",
    "BuyerStageDoubted",
    "BuyingRoles",
    "DealContact",
    "Ending",
    "EvidenceLinked",
    "ExpectedCloseChanged",
    "GateClosed",
    "GateRefusal",
    "GateRefusalRecorded",
    "GateWaived",
    "Holder",
    "IntentChanged",
    "MilestoneInvalidated",
    "MilestoneProven",
    "MisalignmentChanged",
    "MoveNotAllowed",
    "Opportunity",
    "OpportunityClosed",
    "OpportunityFollowUpDue",
    "OpportunityJudgementDue",
    "OpportunityLost",
    "OpportunityOpened",
    "OpportunityOwnerChanged",
    "OpportunityParked",
    "OpportunityRecheckDue",
    "OpportunityReopened",
    "OpportunityUpdated",
    "OpportunityWon",
    "Party",
    "StageAdvanced",
    "StageMark",
    "StageMovedBack",
    "Standing",
    "Statement",
    "TemplateVersionChanged",
    "Terms",
    "VersionChange",
    "WaivedByOneself",
    "WaiversExhausted",
    "open_opportunity",
    "opportunity_id",
    "record_refusal",
    "refusal_id",
    "take_over",
    "told",
    "version_change",
]
