"""Funnel reviews over HTTP: `/funnel-reviews`, and the worklist that fills itself."""

from datetime import date
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.problems import ValidationFailed
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.clocks.queries import rule
from pipeline.copies import field_error
from pipeline.funnel_reviews import commands, queries
from pipeline.funnel_reviews.model import Assignment, FunnelReview, Promise, week_of
from pipeline.funnel_reviews.store import FUNNEL_REVIEWS
from pipeline.funnel_reviews.views import review_view, worklist_view
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, Reason
from pipeline.templates.model import PROOF_KINDS

router = APIRouter(tags=["funnel-reviews"])
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Identifiers = Annotated[list[Identifier], Field(min_length=1, max_length=500)]
WeekQuery = Annotated[str | None, Query(pattern=r"^\d{4}-W\d{2}$")]
Week = Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]


class PromiseIn(RequestModel):
    """Kept by a fact of kind `proof` up to the end of its day; without one, by any fact."""

    content: Text
    due_on: Day
    proof: str | None = Field(None, pattern=r"^[a-z_]{1,40}$")


class TaskIn(RequestModel):
    content: Text
    owner_id: Identifier
    due_on: Day


class EntryIn(RequestModel):
    """What is said of a deal 本周工作、进展、问题, what is promised, and who does what."""

    opportunity_id: Identifier
    work_done: Text | None = None
    progress: Text | None = None
    problems: Text | None = None
    next: Text | None = None
    promised: list[PromiseIn] = Field(default=[], max_length=20)
    tasks: list[TaskIn] = Field(default=[], max_length=20)


class ReviewIn(RequestModel):
    """Deals gone through one by one, and those confirmed together as unchanged."""

    person_id: Identifier
    week: Week | None = None
    deals: list[EntryIn] = Field(default=[], max_length=200)
    unchanged: list[Identifier] = Field(default=[], max_length=500)


class UnchangedIn(RequestModel):
    opportunity_ids: Identifiers


class RecheckIn(RequestModel):
    """`information`: what is known now that was not known before."""

    opportunity_id: Identifier
    information: Text
    next: Text | None = None


class EventIn(RequestModel):
    """A dated event at the customer."""

    what: Annotated[str, Field(min_length=1, max_length=500)]
    on: Day


class JudgementIn(RequestModel):
    """`continue` names an `event`, `park` a `wake_on`; `stop` loses the deal for want of intent."""

    opportunity_id: Identifier
    outcome: Literal["continue", "park", "stop"]
    reason: Reason
    event: EventIn | None = None
    wake_on: Day | None = None


@router.get("/funnel-reviews/worklist")
async def read_worklist(
    reader: Reader, person_id: IdQuery = None, week: WeekQuery = None
) -> Response:
    """One's own by default. No progress first, then slipped, large, without a next step."""
    today = queries.today(reader)
    monday = week_of(today) if week is None else _monday(week, "/week")
    person = person_id or reader.caller.staff_id or ""
    found = await queries.worklist(reader, person, monday)
    return reader.show(worklist_view(person, monday, found, await rule(reader), today))


@router.post("/funnel-reviews", status_code=201)
async def hold_funnel_review(body: ReviewIn, door: Door) -> Response:
    return await door.run(
        lambda work: _hold(work, body), shown=review_view, created="/funnel-reviews"
    )


async def _hold(work: Work, body: ReviewIn) -> FunnelReview:
    if not body.deals and not body.unchanged:
        raise ValidationFailed(field_error("/deals", "required", "没有商机", "names no deal"))
    _require_known_proofs(body)
    entries = [
        commands.Entry(
            opportunity_id=entry.opportunity_id,
            work_done=entry.work_done,
            progress=entry.progress,
            problems=entry.problems,
            next=entry.next,
            promised=[Promise(**promise.model_dump()) for promise in entry.promised],
            tasks=[Assignment(**task.model_dump()) for task in entry.tasks],
        )
        for entry in body.deals
    ]
    monday = None if body.week is None else _monday(body.week, "/week")
    return await commands.hold_funnel_review(
        work, body.person_id, monday, entries, list(body.unchanged)
    )


@router.post("/funnel-reviews/recheck")
async def recheck_opportunity(body: RecheckIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.recheck_opportunity(
            work, body.opportunity_id, body.information, body.next
        ),
        shown=review_view,
    )


@router.post("/funnel-reviews/judge-intent")
async def judge_intent(body: JudgementIn, door: Door) -> Response:
    verdict = commands.Verdict(
        outcome=body.outcome,
        reason=body.reason,
        event=body.event.what if body.event else None,
        event_on=body.event.on if body.event else None,
        wake_on=body.wake_on,
    )
    return await door.run(
        lambda work: commands.judge_intent(work, body.opportunity_id, verdict), shown=review_view
    )


@router.get("/funnel-reviews")
async def list_funnel_reviews(
    reader: Reader,
    person_id: IdQuery = None,
    reviewer_id: IdQuery = None,
    week: WeekQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    asked: dict[str, Any] = {
        "owner_id": person_id,
        "reviewer_id": reviewer_id,
        "week": None if week is None else _monday(week, "/week").isoformat(),
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await queries.funnel_reviews(reader, wanted, limit=limit, cursor=cursor)
    return reader.page([review_view(one) for one in found.items], found.next_cursor)


@router.get("/funnel-reviews/{review_id}")
async def read_funnel_review(review_id: IdPath, reader: Reader) -> Response:
    review = await reader.load(FUNNEL_REVIEWS, review_id, "funnel-reviews:read")
    return reader.show(review_view(review), version=review.version)


@router.post("/funnel-reviews/{review_id}/confirm-unchanged")
async def confirm_unchanged(review_id: IdPath, body: UnchangedIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.confirm_unchanged(work, review_id, list(body.opportunity_ids)),
        shown=review_view,
    )


def _monday(week: str, pointer: str) -> date:
    """The Monday of an ISO week `2026-W10`."""
    try:
        return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except ValueError as wrong:
        raise ValidationFailed(
            field_error(pointer, "no-such-week", "没有这一周", "is no week of that year")
        ) from wrong


def _require_known_proofs(body: ReviewIn) -> None:
    errors = [
        field_error(
            f"/deals/{place}/promised/{number}/proof",
            "unknown",
            "没有这种事实",
            "no such kind of fact",
        )
        for place, entry in enumerate(body.deals)
        for number, promise in enumerate(entry.promised)
        if promise.proof is not None and promise.proof not in PROOF_KINDS
    ]
    if errors:
        raise ValidationFailed(errors)
