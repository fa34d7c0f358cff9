"""Quotes as they are shown over HTTP; what was earned on them by right only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chassis.door import Reading
from chassis.problems import Forbidden
from chassis.scopes import Scope
from chassis.work import Work

from pipeline.pricing.views import paper_line_view, taxed_view
from pipeline.quotes.model import Assessment, Basis, Difference, Offer, Quote, Revision, assess
from pipeline.views import money_view


@dataclass(frozen=True)
class Insight:
    """What the caller may know beside the quote: margins of which ones, floor prices, costs."""

    margins: Scope | None
    floors: bool
    costs: bool


async def insight(of: Work | Reading) -> Insight:
    return Insight(
        margins=await _scope(of, "quotes:read-margin"),
        floors=await _scope(of, "products:read-floor") is not None,
        costs=await _scope(of, "products:read-cost") is not None,
    )


async def _scope(of: Work | Reading, action: str) -> Scope | None:
    try:
        return await of.scope(action)
    except Forbidden:
        return None


async def shown(quote: Quote, work: Work) -> dict[str, Any]:
    return quote_view(quote, await insight(work))


def quote_view(quote: Quote, known: Insight) -> dict[str, Any]:
    return {
        "id": quote.id,
        "version": quote.version,
        "number": quote.number,
        "revision": quote.revision,
        "title": quote.title,
        "customer_id": quote.customer_id,
        "opportunity_id": quote.opportunity_id,
        "owner_id": quote.owner_id,
        "team_id": quote.team_id,
        "region": quote.region,
        "status": quote.status,
        **offer_view(quote.offer, quote.bases, known),
        "assessment": assessment_view(quote.assessment, known, sees_margin(quote, known)),
        "fingerprint": quote.fingerprint,
        "submitted_by": quote.submitted_by,
        "approved_by": quote.approved_by,
        "comment": quote.comment,
        "sent_on": quote.sent_on,
        "accepted_on": quote.accepted_on,
        "reject_reasons": quote.reject_reasons,
        "revisions": [
            {
                "revision": one.number,
                "status": one.status,
                "total": taxed_view(one.offer.total),
                "sent_on": one.sent_on,
            }
            for one in quote.earlier
        ],
        "created_at": quote.created_at,
        "updated_at": quote.updated_at,
    }


def sees_margin(quote: Quote, known: Insight) -> bool:
    return known.margins is not None and known.margins.allows(quote)


def offer_view(offer: Offer, bases: Sequence[Basis], known: Insight) -> dict[str, Any]:
    return {
        "currency": offer.currency,
        "lines": [
            paper_line_view(line) | _basis_view(basis, known)
            for line, basis in zip(offer.lines, bases, strict=True)
        ],
        "whole_discount": str(offer.whole_discount),
        "round_down_to": None if offer.round_down_to is None else str(offer.round_down_to),
        "bearers": [asdict(one) | {"share": str(one.share)} for one in offer.bearers],
        "valid_until": offer.valid_until,
        "terms": asdict(offer.terms),
        "selling_entity_id": offer.selling_entity_id,
        "is_formal": offer.is_formal,
        "total": taxed_view(offer.total),
        "by_rate": [
            {"tax_rate": str(rate), **taxed_view(amount)}
            for rate, amount in sorted(offer.by_rate.items())
        ],
    }


def _basis_view(basis: Basis, known: Insight) -> dict[str, Any]:
    view = {"applicable_price": _figure(basis.applicable_price)}
    if known.floors:
        view["floor_price"] = _figure(basis.floor_price)
    if known.costs:
        view["unit_cost"] = _figure(basis.unit_cost)
    return view


def _figure(amount: Any) -> str | None:
    return None if amount is None else str(amount)


def assessment_view(worth: Assessment, known: Insight, with_margin: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "discount": str(worth.discount),
        "discount_amount": money_view(worth.discount_amount),
        "borne_by_dealers": money_view(worth.borne_by_dealers),
    }
    if known.floors:
        view["is_below_floor"] = worth.is_below_floor
    if with_margin:
        view["cost"] = money_view(worth.cost)
        view["margin"] = _figure(worth.margin)
    return view


def revision_view(one: Revision, known: Insight, with_margin: bool) -> dict[str, Any]:
    return {
        "revision": one.number,
        "status": one.status,
        "sent_on": one.sent_on,
        **offer_view(one.offer, one.bases, known),
        "assessment": assessment_view(assess(one.offer, one.bases), known, with_margin),
    }


def difference_view(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "changed": one.changed,
        "before": paper_line_view(one.before) if one.before else None,
        "after": paper_line_view(one.after) if one.after else None,
    }
