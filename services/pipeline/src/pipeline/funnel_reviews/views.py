"""Reviews and the worklist as they are shown over HTTP, under the form's names."""

from datetime import date
from typing import Any

from pipeline.clocks.model import Rule
from pipeline.funnel_reviews.model import FunnelReview
from pipeline.funnel_reviews.queries import Waiting, Worklist
from pipeline.views import money_view, plain


def review_view(review: FunnelReview) -> dict[str, Any]:
    """Each deal once: what was said of it, its re-check and the judgement of its intent."""
    rows: dict[str, dict[str, Any]] = {}
    for minutes in review.minutes.values():
        rows[minutes.opportunity_id] = plain(minutes)
    for recheck in review.rechecks:
        rows.setdefault(recheck.opportunity_id, {})["recheck"] = plain(recheck)
    for judgement in review.judgements:
        rows.setdefault(judgement.opportunity_id, {})["intent_judgement"] = plain(judgement)
    return {
        "id": review.id,
        "version": review.version,
        "person_id": review.person_id,
        "reviewer_id": review.reviewer_id,
        "team_id": review.team_id,
        "week": review.week,
        "held_at": review.held_at,
        "deals": [{"opportunity_id": deal} | row for deal, row in rows.items()],
        "created_at": review.created_at,
        "updated_at": review.updated_at,
    }


def worklist_view(
    person_id: str, week: date, worklist: Worklist, rule: Rule, today: date
) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "week": week,
        "is_complete": worklist.is_complete,
        "deals": [_waiting_view(one, worklist, rule, today) for one in worklist.deals],
    }


def _waiting_view(one: Waiting, worklist: Worklist, rule: Rule, today: date) -> dict[str, Any]:
    deal, clock = one.deal, one.clock
    judgement_on = clock.judgement_due_on(rule, worklist.days) if clock else None
    recheck_on = clock.recheck_due_on(rule, worklist.days) if clock else None
    return {
        "opportunity_id": deal.id,
        "name": deal.terms.name,
        "customer_id": deal.customer_id,
        "stage": deal.stage,
        "intent": deal.intent,
        "amount": money_view(deal.terms.amount),
        "expected_close_on": deal.terms.expected_close_on,
        "slips": deal.slips,
        "next_step": deal.terms.next_step,
        "next_step_on": deal.terms.next_step_on,
        "next_follow_up_at": clock and clock.next_follow_up_at,
        "last_reviewed_at": None if one.last.is_first else one.last.at,
        "since": clock and clock.since,
        "facts": [plain(fact) for fact in one.facts],
        "promises": [plain(promise) for promise in one.promises],
        "concerns": one.concerns,
        "is_unchanged": not one.facts and not one.last.is_first,
        "is_reviewed": one.is_reviewed,
        "recheck_due_on": recheck_on,
        "judgement_due_on": judgement_on,
        "is_recheck_due": recheck_on is not None and recheck_on <= today,
        "is_judgement_due": judgement_on is not None and judgement_on <= today,
        "continued": clock.continued if clock else 0,
    }
