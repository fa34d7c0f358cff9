"""What is published about approvals.

The margin is not: whoever may read of a paper need not see its margin.
"""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.approvals.model import facts

EVENTS: EventTable = {
    facts.ApprovalRequested: wire.ApprovalRequested,
    facts.ApprovalDecided: wire.ApprovalDecided,
    facts.ApprovalReturned: wire.ApprovalReturned,
    facts.ApprovalPassedOn: wire.ApprovalPassedOn,
    facts.ApproverAdded: wire.ApproverAdded,
    facts.ApprovalRecalled: wire.ApprovalRecalled,
    facts.ApprovalReminded: wire.ApprovalReminded,
    facts.ApprovalEscalated: wire.ApprovalEscalated,
    facts.ApprovalVoided: wire.ApprovalVoided,
}
