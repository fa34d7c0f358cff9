"""Approvals of a deal itself: what a gate asks for is approved, and that is evidence.

The bid/no-bid review 立项/投标评审, the internal evaluation 项目评估, finance's and legal's
consent 财务同意, 法务同意. What is approved is the deal with the amount it has then.
"""

from typing import NamedTuple

from chassis.problems import NotFound, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approval_matrices.model import Ask
from pipeline.approvals.commands import read, request_approval, void
from pipeline.approvals.model import (
    APPROVED,
    RECALLED,
    Approval,
    ApprovalSettled,
    NotYourTurn,
    Paper,
    fingerprint_of,
)
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence
from pipeline.opportunities.model import OPEN, Evaluation, Opportunity, OpportunityClosed
from pipeline.opportunities.store import OPPORTUNITIES

VOID_OTHERS = "approvals:void"
EVALUATION = "evaluation"


class Review(NamedTuple):
    """What it proves once it is approved, and what it is called."""

    proves: str
    zh: str


REVIEWS = {
    "bid_review": Review("bid_review_approved", "立项/投标评审"),
    "evaluation": Review("evaluation_approved", "项目评估"),
    "finance_consent": Review("finance_consented", "财务会签"),
    "legal_consent": Review("legal_consented", "法务会签"),
}


async def request_review(
    work: Work,
    opportunity_id: str,
    kind: str,
    note: str | None,
    evaluation: Evaluation | None = None,
) -> Approval:
    """Ask whom the matrix says; the direct superior where it says nobody, since a review by
    nobody is none. An evaluation judges margin, risk and resources, which are told with it.

    Raises:
        OpportunityClosed: there is nothing left to review.
        NoApprover: there is nobody who could be asked.
        ValidationFailed: an evaluation of nothing.
    """
    deal = await reach(work, OPPORTUNITIES, opportunity_id, "opportunities:write")
    if deal.status != OPEN:
        raise OpportunityClosed(deal.status)
    if kind == EVALUATION and evaluation is not None:
        deal.prepare_evaluation(evaluation)
    if kind == EVALUATION and deal.evaluation is None:
        raise ValidationFailed(
            copies.field_error("/evaluation", "required", "请填写评估内容", "is required")
        )
    paper = _paper(deal, kind)
    approval = await request_approval(work, paper, note, at_least=[Ask(line=1)])
    if approval is None:
        raise NotFound(Approval.TYPE, opportunity_id)
    return approval


async def take_back(work: Work, identifier: str, reason: str) -> Approval:
    """Who approved a review, or a superior, takes it back: it proves nothing any more.

    Raises:
        ValidationFailed: a paper's; whoever changes the paper voids its approval.
        ApprovalSettled: it stands no longer anyway.
    """
    approval = await read(work, identifier)
    if approval.kind not in REVIEWS:
        raise ValidationFailed(
            copies.field_error(
                "/kind", "not-a-review", "须在单据上变更", "change or withdraw the paper instead"
            )
        )
    if acting_staff(work) not in approval.deciders:
        scope = await work.scope(VOID_OTHERS)
        if not scope.allows(approval):
            raise NotYourTurn
    if not void(work, approval, reason):
        raise ApprovalSettled(members={"outcome": approval.status})
    await withdraw_fact(work, _evidence_id(approval), approval.position, reason)
    return approval


async def review_decided(work: Work, approval: Approval) -> None:
    """Approved, it is evidence for the deal; refused, so is no earlier round of it any more.

    Raises:
        PaperChanged: the deal is worth something else by now.
    """
    evidence_id = _evidence_id(approval)
    if approval.outcome == APPROVED:
        deal = await work.load(OPPORTUNITIES, approval.paper_id)
        approval.require_unchanged(_paper(deal, approval.kind).fingerprint)
        await note_fact(
            work,
            Evidence(
                id=evidence_id,
                kind=REVIEWS[approval.kind].proves,
                event_id=approval.position,
                at=work.now,
                customer_id=approval.customer_id,
                opportunity_ids=[approval.paper_id],
            ),
        )
    elif approval.outcome != RECALLED:
        await withdraw_fact(work, evidence_id, approval.position, f"it was {approval.outcome}")


def _paper(deal: Opportunity, kind: str) -> Paper:
    judged = deal.evaluation if kind == EVALUATION else None
    return Paper(
        kind=kind,
        id=deal.id,
        fingerprint=fingerprint_of(deal.terms.amount, *([judged] if judged else [])),
        margin=judged.margin if judged else None,
        title=f"{REVIEWS[kind].zh} · {deal.terms.name}",
        owner_id=deal.owner_id or "",
        opportunity_id=deal.id,
        customer_id=deal.customer_id,
        amount=deal.terms.amount,
    )


def _evidence_id(approval: Approval) -> str:
    return f"{REVIEWS[approval.kind].proves}:{approval.paper_id}"
