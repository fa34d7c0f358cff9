"""Win/loss reviews over HTTP: `/outcome-reviews`; the id is that of the deal."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.outcome_reviews import commands
from pipeline.outcome_reviews.model import Finding, OutcomeReview
from pipeline.outcome_reviews.store import OUTCOME_REVIEWS
from pipeline.requests import Cursor, Identifier, IdPath, IdQuery, Limit, PositiveMoney
from pipeline.views import plain

router = APIRouter(tags=["outcome-reviews"])
Reason = Literal[
    "price",
    "specification",
    "relationship",
    "lead_time",
    "terms",
    "technical_score",
    "commercial_score",
    "project_cancelled",
    "no_decision",
    "withdrew",
    "no_intent",
]


class FindingIn(RequestModel):
    """Reasons are those of the outcome: why it was won, or why it was lost."""

    reasons: list[Reason] = Field(min_length=1, max_length=11)
    winner: str | None = Field(None, min_length=1, max_length=300)
    winner_competitor_id: Identifier | None = None
    winning_price: PositiveMoney | None = None
    lessons: str = Field(min_length=1, max_length=10_000)
    case_id: Identifier | None = None

    @property
    def value(self) -> Finding:
        return Finding(
            reasons=list(dict.fromkeys(self.reasons)),
            winner=self.winner,
            winner_competitor_id=self.winner_competitor_id,
            winning_price=self.winning_price.value if self.winning_price else None,
            lessons=self.lessons,
            case_id=self.case_id,
        )


def outcome_review_view(review: OutcomeReview) -> dict[str, Any]:
    return {
        "id": review.id,
        "version": review.version,
        "opportunity_id": review.opportunity_id,
        "customer_id": review.customer_id,
        "owner_id": review.owner_id,
        "team_id": review.team_id,
        "region": review.region,
        "outcome": review.outcome,
        "status": review.status,
        "due_on": review.due_on,
        "is_overdue": review.is_overdue,
        "known_reasons": review.known_reasons,
        "known_winner": review.known_winner,
        "finding": plain(review.finding) if review.finding else None,
        "held_by": review.held_by,
        "created_at": review.created_at,
        "updated_at": review.updated_at,
    }


@router.get("/outcome-reviews")
async def list_outcome_reviews(
    reader: Reader,
    status: Annotated[Literal["open", "held", "cancelled"] | None, Query()] = None,
    outcome: Annotated[Literal["won", "lost"] | None, Query()] = None,
    reason: Annotated[Reason | None, Query()] = None,
    owner_id: IdQuery = None,
    is_overdue: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("outcome-reviews:read")
    asked = {
        "status": status,
        "outcome": outcome,
        "finding.reasons": reason,
        "owner_id": owner_id,
        "is_overdue": is_overdue,
    }
    found = await page(
        reader.db[OUTCOME_REVIEWS.collection],
        {"$and": [scope.filter(), {k: v for k, v in asked.items() if v is not None}]},
        limit=limit,
        cursor=cursor,
        decode=OUTCOME_REVIEWS.aggregate,
    )
    return reader.page([outcome_review_view(one) for one in found.items], found.next_cursor)


@router.get("/outcome-reviews/{opportunity_id}")
async def read_outcome_review(opportunity_id: IdPath, reader: Reader) -> Response:
    review = await reader.load(OUTCOME_REVIEWS, opportunity_id, "outcome-reviews:read")
    return reader.show(outcome_review_view(review), version=review.version)


@router.post("/outcome-reviews/{opportunity_id}/hold")
async def hold_outcome_review(opportunity_id: IdPath, body: FindingIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.hold_outcome_review(work, opportunity_id, body.value),
        shown=outcome_review_view,
    )
