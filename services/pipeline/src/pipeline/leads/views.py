"""Leads as they are shown: whole, as they lie in the pool, and as a card of the person."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chassis.reach import masked
from chassis.scopes import Scope

from pipeline.leads.model import Lead, Likely
from pipeline.leads.store import Person
from pipeline.views import money_view, plain

Names = Mapping[str, str]


def lead_view(lead: Lead, person: Person, phones: Scope | None, names: Names) -> dict[str, Any]:
    """`phones`: where the reader may read numbers; without it they are masked."""
    return {
        **_outline(lead),
        "contact": person_view(person, shows=phones is not None and phones.allows(lead)),
        "need": lead.need,
        "external_id": lead.external_id,
        "owner_id": lead.owner_id,
        "owner_name": names.get(lead.owner_id or ""),
        "team_id": lead.team_id,
        "assigned_at": lead.assigned_at,
        "respond_by": lead.respond_by,
        "responded_at": lead.responded_at,
        "contacts": [plain(one) for one in lead.contacts],
        "likely_duplicates": [likely_view(one, names) for one in lead.likely],
        "duplicate_reason": lead.duplicate_reason,
        "is_pending": lead.request is not None and lead.status == "qualifying",
        "requested_opportunity": _wish(lead),
        "refusal": _refusal(lead, names),
        "customer_id": lead.customer_id,
        "opportunity_id": lead.opportunity_id,
        "disqualified_reason": lead.disqualified_reason,
        "person_erased_at": lead.person_erased_at,
    }


def pool_view(lead: Lead) -> dict[str, Any]:
    """What somebody who may claim it has to know; nothing of the person."""
    return _outline(lead)


def likely_view(likely: Likely, names: Names) -> dict[str, Any]:
    """That it exists, and whose it is; nothing of what it says."""
    owner = likely.owner_id
    return {
        "kind": likely.kind,
        "score": likely.score,
        "reasons": likely.reasons,
        "owner": {"id": owner, "name": names.get(owner)} if owner else None,
    }


def person_view(person: Person, *, shows: bool) -> dict[str, Any]:
    view = asdict(person)
    for name in ("phone", "wechat"):
        if view[name] and not shows:
            view[name] = masked(view[name])
    return view


def contact_card(lead: Lead, person: Person) -> dict[str, Any]:
    """What to fill in when the person becomes a contact of the customer (`POST /contacts`)."""
    return {"customer_id": lead.customer_id, **asdict(person)}


def owners_in(leads: list[Lead]) -> list[str]:
    """Everybody whose name is shown beside these leads."""
    found: set[str | None] = set()
    for lead in leads:
        found |= {lead.owner_id, *(one.owner_id for one in lead.likely)}
        found.add(lead.refusal.duplicate_owner_id if lead.refusal else None)
    return sorted(one for one in found if one)


def _outline(lead: Lead) -> dict[str, Any]:
    origin = lead.origin_of
    return {
        "id": lead.id,
        "version": lead.version,
        "status": lead.status,
        "company": plain(lead.company),
        "temperature": lead.temperature,
        "channel": origin.channel,
        "source": origin.source,
        "campaign_id": origin.campaign_id,
        "form_id": origin.form_id,
        "referrer": plain(origin.referrer) if origin.referrer else None,
        "product_line": lead.product_line,
        "lapses": lead.lapses,
        "origin": lead.origin,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
    }


def _wish(lead: Lead) -> dict[str, Any] | None:
    wish = lead.request.wish if lead.request else None
    if wish is None or lead.status != "qualifying":
        return None
    return plain(wish) | {"amount": money_view(wish.amount)}


def _refusal(lead: Lead, names: Names) -> dict[str, Any] | None:
    refusal = lead.refusal
    if refusal is None:
        return None
    owner = refusal.duplicate_owner_id
    return {
        "reason": refusal.reason,
        "customer_id": refusal.duplicate_of,
        "owner": {"id": owner, "name": names.get(owner)} if owner else None,
    }
