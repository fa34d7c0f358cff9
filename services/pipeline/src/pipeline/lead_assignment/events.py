"""What is published about rules of assignment and the policy of leads."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.lead_assignment import model

EVENTS: EventTable = {
    model.LeadAssignmentRuleSet: wire.LeadAssignmentRuleSet,
    model.LeadAssignmentRuleChanged: wire.LeadAssignmentRuleChanged,
    model.LeadAssignmentRuleWithdrawn: wire.LeadAssignmentRuleWithdrawn,
    model.LeadPolicyChanged: wire.LeadPolicyChanged,
}
