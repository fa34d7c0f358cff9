"""What is published about a deal's team: a contract of the same name for every fact."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.opportunity_teams import model

EVENTS: EventTable = {
    model.TeamMemberRequested: wire.TeamMemberRequested,
    model.TeamMemberAccepted: wire.TeamMemberAccepted,
    model.TeamMemberDeclined: wire.TeamMemberDeclined,
    model.TeamMemberTransferred: wire.TeamMemberTransferred,
    model.TeamMemberLeft: wire.TeamMemberLeft,
    model.TeamRequestWithdrawn: wire.TeamRequestWithdrawn,
    model.ExecutiveTimeAppliedFor: wire.ExecutiveTimeAppliedFor,
    model.ExecutiveTimeDecided: wire.ExecutiveTimeDecided,
}
