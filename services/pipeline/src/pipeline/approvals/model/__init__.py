"""Approvals as rules: what is approved (`papers`), what happens (`facts`), why not (`refusals`)."""

from pipeline.approvals.model.approval import (
    AFTER,
    APPROVED,
    BEFORE,
    OPEN,
    RECALLED,
    REFUSED,
    RETURNED,
    VOID,
    Approval,
    Decider,
    Step,
    request,
)
from pipeline.approvals.model.papers import Paper, fingerprint_of
from pipeline.approvals.model.refusals import (
    ApprovalSettled,
    NoApprover,
    NotYourTurn,
    OwnPaper,
    PaperChanged,
)

__all__ = [
    "AFTER",
    "APPROVED",
    "BEFORE",
    "OPEN",
    "RECALLED",
    "REFUSED",
    "RETURNED",
    "VOID",
    "Approval",
    "ApprovalSettled",
    "Decider",
    "NoApprover",
    "NotYourTurn",
    "OwnPaper",
    "Paper",
    "PaperChanged",
    "Step",
    "fingerprint_of",
    "request",
]
