"""An approval as it is shown: what an approver needs to see, whatever else they may read."""

from datetime import datetime
from typing import Any

from chassis.inbox import Waiting, commands_of

from pipeline.approvals.model import Approval, Step
from pipeline.views import money_view

VERBS = ("approve", "refuse", "return", "pass-on", "add-approver")


def approval_view(approval: Approval, *, shows_margin: bool) -> dict[str, Any]:
    paper = approval.paper
    margin = {"margin": _share(paper.margin)} if shows_margin else {}
    return {
        "id": approval.id,
        "version": approval.version,
        "kind": paper.kind,
        "paper": {
            "id": paper.id,
            "title": paper.title,
            "fingerprint": paper.fingerprint,
            "opportunity_id": paper.opportunity_id,
            "customer_id": paper.customer_id,
            "owner_id": paper.owner_id,
            "amount": money_view(paper.amount),
            "discount": _share(paper.discount),
            "is_below_floor": paper.is_below_floor,
            **margin,
        },
        "round": approval.round,
        "requested_by": approval.requested_by,
        "note": approval.note,
        "status": approval.status,
        "waiting_for": approval.waiting_for,
        "due_at": approval.due_at,
        "steps": [_step_view(step) for step in approval.steps],
        "decided_by": approval.decided_by,
        "comment": approval.comment,
        "matrix": approval.matrix,
        "team_id": approval.team_id,
        "region": approval.region,
        "created_at": approval.created_at,
        "updated_at": approval.updated_at,
    }


def waiting(approval: Approval) -> Waiting:
    """One line of somebody's inbox."""
    path = f"/api/v1/approvals/{approval.id}"
    return Waiting(
        id=approval.id,
        kind=approval.kind,
        title=approval.paper.title,
        about=f"{approval.kind}:{approval.paper_id}",
        owner_id=approval.paper.owner_id,
        requested_by=approval.requested_by,
        waiting_for=approval.waiting_for,
        since=_since(approval),
        due_at=approval.due_at,
        amount=money_view(approval.paper.amount),
        path=path,
        commands=commands_of(path, VERBS),
    )


def _since(approval: Approval) -> datetime | None:
    """When it came to who is asked now: with the last decision before theirs."""
    decided = [step.decided_at for step in approval.steps if step.decided_at is not None]
    return max(decided, default=approval.created_at)


def _step_view(step: Step) -> dict[str, Any]:
    return {
        "approver_id": step.approver_id,
        "asked_as": step.asked_as,
        "decision": step.decision,
        "decided_by": step.decided_by,
        "decided_at": step.decided_at,
        "comment": step.comment,
    }


def _share(value: Any) -> str | None:
    return None if value is None else str(value)
