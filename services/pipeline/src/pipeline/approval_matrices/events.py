"""What is published about approval matrices."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.approval_matrices import model

EVENTS: EventTable = {
    model.ApprovalMatrixPublished: lambda matrix, fact: wire.ApprovalMatrixPublished(
        kind=fact.kind,
        version=matrix.edition,
        effective_from=fact.effective_from,
        definition=fact.definition,
        previous_version=fact.previous_version,
    )
}
