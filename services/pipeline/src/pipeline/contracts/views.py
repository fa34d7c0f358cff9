"""A contract as it is shown over HTTP: its text, what is in force, and how far it got."""

from typing import Any

from pipeline.contracts.model import PLAIN, Contract, Item, PlannedMilestone, Terms
from pipeline.pricing.views import paper_line_view
from pipeline.views import money_view


def contract_view(contract: Contract) -> dict[str, Any]:
    return {
        "id": contract.id,
        "version": contract.version,
        "number": contract.number,
        "kind": contract.kind,
        "external_id": contract.external_id,
        "customer_id": contract.customer_id,
        "opportunity_id": contract.opportunity_id,
        "quote_id": contract.quote_id,
        "base_contract_id": contract.base_contract_id,
        "renews_id": contract.renews_id,
        "renewed_by": contract.renewed_by,
        "requirement_change_id": contract.requirement_change_id,
        "owner_id": contract.owner_id,
        "team_id": contract.team_id,
        "region": contract.region,
        "collaborator_ids": contract.collaborator_ids,
        "terms": _terms_view(contract.terms),
        "net": money_view(contract.net),
        "gross": money_view(contract.gross),
        "status": contract.status,
        "revision": contract.revision,
        "sent_on": contract.sent_on,
        "seal_use": contract.seal_use,
        "seals": [
            {"party": seal.party, "sealed_on": seal.sealed_on, "file_id": seal.file_id}
            for seal in contract.seals
        ],
        "signed_on": contract.signed_on,
        "scan_file_id": contract.scan_file_id,
        "items": [_item_view(item) for item in contract.items],
        "drawn": money_view(contract.drawn),
        "left": money_view(contract.left),
        "supplements": contract.supplements,
        "requirement_changes": contract.notes,
        "is_ending": contract.is_ending,
        "outcome": contract.outcome,
        "ended_on": contract.ended_on,
        "ended_reason": contract.ended_reason,
        "created_at": contract.created_at,
        "updated_at": contract.updated_at,
    }


def _terms_view(terms: Terms) -> dict[str, Any]:
    plain = {name: getattr(terms, name) for name in PLAIN}
    return plain | {
        "lines": [paper_line_view(line) for line in terms.lines],
        "limit": money_view(terms.limit),
        "reductions": [
            {"line": one.line, "quantity": f"{one.quantity.normalize():f}"}
            for one in terms.reductions
        ],
        "milestones": [_milestone_view(one) for one in terms.milestones],
    }


def _milestone_view(one: PlannedMilestone) -> dict[str, Any]:
    return {
        "name": one.name,
        "share": None if one.share is None else f"{one.share.normalize():f}",
        "amount": None if one.amount is None else str(one.amount),
        "trigger": one.trigger,
        "days": one.days,
        "on": one.on,
    }


def _item_view(item: Item) -> dict[str, Any]:
    """A line in force; `quantity` is as it was agreed, `allowed` what supplements made of it."""
    return paper_line_view(item.line) | {
        "allowed": f"{item.allowed.normalize():f}",
        "drawn": f"{item.drawn.normalize():f}",
        "left": f"{item.left.normalize():f}",
    }
