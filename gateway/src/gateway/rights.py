"""Who may read an event: whoever may read, today, the record whose rights govern it.

`record_rights` holds `{_id: "<type>:<id>", owner_id, team_id, region, collaborator_ids, seq}` of
every record that governs itself, kept from events and following its owner's moves. `seq` is the
event that last changed them.
"""

from collections.abc import Iterable
from typing import Any

from chassis.core import Core
from chassis.mongo import Database, Document
from chassis.problems import Forbidden
from chassis.received import Message
from chassis.scopes import Caller, Scope
from contracts import envelope

RIGHTS = "record_rights"

# Which right shows the events of an aggregate type.
READ_ACTIONS: dict[str, str] = {
    "customer": "customers:read",
    "contact": "contacts:read",
    "product": "products:read",
    "product_floor": "products:read-floor",
    "product_cost": "products:read-cost",
    "selling_entity": "selling-entities:read",
    "quote": "quotes:read",
    "product_line": "product-lines:read",
    "cost_inquiry": "cost-inquiries:read",
    "inquired_cost": "products:read-cost",
    "price_list": "price-lists:read",
    "agreed_price": "agreed-prices:read",
    "tax_rate": "tax-rates:read",
    "exchange_rate": "exchange-rates:read",
    "process_template": "process-templates:read",
    "opportunity": "opportunities:read",
    "gate_refusal": "opportunities:read",
    "opportunity_team": "opportunities:read",
    "deal_fact": "opportunities:read",
    "playbook_progress": "opportunities:read",
    "stage_playbook": "stage-playbooks:read",
    "case": "cases:read",
    "follow_up": "follow-ups:read",
    "funnel_review": "funnel-reviews:read",
    "review_policy": "review-policy:read",
    "calendar": "working-calendar:read",
    "leave": "leaves:read",
    "task": "tasks:read",
    "saved_view": "saved-views:read",
    "tender": "tenders:read",
    "hand_over": "hand-overs:read",
    "outcome_review": "outcome-reviews:read",
    "contract": "contracts:read",
    "requirement_change": "requirement-changes:read",
    "order": "orders:read",
    "payment": "payments:read",
    "approval": "approvals:read",
    "file": "files:read",
    "approval_matrix": "approval-matrices:read",
    "stand_in": "stand-ins:read",
    "lead": "leads:read",
    "lead_form": "lead-forms:read",
    "lead_assignment_rule": "lead-assignment-rules:read",
    "lead_policy": "lead-policy:read",
    "customer_refusal": "leads:read",
    "registration": "registrations:read",
    "registration_policy": "registration-policy:read",
    "payment_milestone": "payment-milestones:read",
    "deduction": "deductions:read",
    "invoice": "invoices:read",
    "statement": "statements:read",
    "temporary_credit_limit": "temporary-credit-limits:read",
    "credit_policy": "credit-policies:read",
    "staff": "staff:read",
    "team": "teams:read",
    "visit_plan": "visit-plans:read",
    "visit": "visits:read",
    "tier": "tiers:read",
    "alert": "alerts:read",
}
# These belong to nobody: who may read any may read all.
OWNERLESS = frozenset(
    {
        "approval_matrix",
        "product",
        "product_floor",
        "product_cost",
        "inquired_cost",
        "product_line",
        "price_list",
        "selling_entity",
        "tax_rate",
        "exchange_rate",
        "process_template",
        "stage_playbook",
        "case",
        "credit_policy",
        "staff",
        "team",
        "lead_form",
        "lead_assignment_rule",
        "lead_policy",
        "registration_policy",
        "review_policy",
        "calendar",
    }
)


def governing(message: Message) -> str:
    """`<type>:<id>` of the record whose rights count."""
    return message.headers.get(envelope.CE_RIGHTS_OF) or message.aggregate


def rights_for(message: Message, known: Document | None) -> Document:
    """Today's rights; the event's own stamp where nothing newer is known.

    An event may be read here before the record's rights have been kept: then it says itself
    whose it was when it was recorded.
    """
    owner = message.headers.get(envelope.CE_OWNER)
    is_own = governing(message) == message.aggregate
    if known is None or (is_own and owner != known["owner_id"] and message.sequence > known["seq"]):
        return {
            "owner_id": owner,
            "team_id": message.headers.get(envelope.CE_TEAM),
            "collaborator_ids": known["collaborator_ids"] if known and is_own else [],
        }
    return known


async def rights_of(db: Database, records: Iterable[str]) -> dict[str, Document]:
    """What is kept of these records, in one round trip."""
    wanted = [one for one in set(records) if one.partition(":")[0] not in OWNERLESS]
    if not wanted:
        return {}
    found = db[RIGHTS].find({"_id": {"$in": wanted}})
    return {document["_id"]: document async for document in found}


class Sight:
    """What one caller may see, by aggregate type; looked up when first needed."""

    def __init__(self, core: Core, caller: Caller) -> None:
        self._core = core
        self._caller = caller
        self._scopes: dict[str, Scope | None] = {}

    async def sees(self, message: Message, rights: Document) -> bool:
        kind = message.aggregate_type
        if kind not in self._scopes:
            self._scopes[kind] = await self._scope(kind)
        scope = self._scopes[kind]
        if scope is None:
            return False
        return kind in OWNERLESS or scope.allows(rights)

    async def _scope(self, kind: str) -> Scope | None:
        # A type that this gateway has not heard of yet: only for who may see every event.
        action = READ_ACTIONS.get(kind)
        try:
            if action is not None:
                return await self._core.scope(self._caller, action)
            scope = await self._core.scope(self._caller, "events:read")
        except Forbidden:
            return None
        return scope if scope.everything else None


def kept_rights(message: Message, collaborators: list[str] | None, known: Any) -> Document | None:
    """The document to keep after this event; None if nothing changed."""
    kept = {
        "owner_id": message.headers.get(envelope.CE_OWNER),
        "team_id": message.headers.get(envelope.CE_TEAM),
        "region": message.headers.get(envelope.CE_REGION),
        "collaborator_ids": collaborators,
    }
    if known is not None:
        if collaborators is None:
            kept["collaborator_ids"] = known["collaborator_ids"]
        if kept["owner_id"] == known["owner_id"]:
            # The owner may have moved since: then the newer team is already kept.
            kept["team_id"], kept["region"] = known["team_id"], known["region"]
        if all(known[name] == value for name, value in kept.items()):
            return None
    kept["collaborator_ids"] = kept["collaborator_ids"] or []
    return {"_id": message.aggregate, "seq": message.sequence, **kept}
