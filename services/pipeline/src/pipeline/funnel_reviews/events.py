"""What is published about funnel reviews."""

from dataclasses import asdict

import msgspec
from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.funnel_reviews import model


def _held(review: model.FunnelReview, fact: model.FunnelReviewHeld) -> wire.FunnelReviewHeld:
    minutes = {"minutes": [asdict(one) for one in fact.minutes]}
    return msgspec.convert(_whose(review) | minutes, wire.FunnelReviewHeld)


def _rechecked(
    review: model.FunnelReview, fact: model.FunnelReviewRechecked
) -> wire.FunnelReviewRechecked:
    return msgspec.convert(_whose(review) | asdict(fact.recheck), wire.FunnelReviewRechecked)


def _judged(
    review: model.FunnelReview, fact: model.FunnelReviewIntentJudged
) -> wire.FunnelReviewIntentJudged:
    return msgspec.convert(_whose(review) | asdict(fact.judgement), wire.FunnelReviewIntentJudged)


def _whose(review: model.FunnelReview) -> dict[str, object]:
    return {
        "funnel_review_id": review.id,
        "person_id": review.person_id,
        "reviewer_id": review.reviewer_id,
        "week": review.week,
    }


EVENTS: EventTable = {
    model.FunnelReviewHeld: _held,
    model.FunnelReviewRechecked: _rechecked,
    model.FunnelReviewIntentJudged: _judged,
}
