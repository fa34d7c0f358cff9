"""Approvals over HTTP: `/approvals`. What people decide; papers ask by their own commands."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from chassis.door import Commanding, Door, Reader
from chassis.http import Amount, RequestModel
from chassis.inbox import inbox
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.approvals import commands, queries, reviews
from pipeline.approvals.commands import Decisions
from pipeline.approvals.model import Approval
from pipeline.approvals.store import APPROVALS
from pipeline.approvals.views import approval_view, waiting
from pipeline.opportunities.model import Evaluation
from pipeline.requests import Cursor, Identifier, IdPath, IdQuery, Limit, Reason

Comment = Annotated[str | None, Field(max_length=1000)]
Kind = Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")]
Status = Literal["open", "approved", "refused", "returned", "recalled", "void"]


class ApproveIn(RequestModel):
    """`fingerprint`: what the paper said when one looked at it; another one is refused."""

    comment: Comment = None
    fingerprint: str | None = Field(None, max_length=64)


class RefuseIn(RequestModel):
    comment: Reason


class PassOnIn(RequestModel):
    approver_id: Identifier
    comment: Comment = None


class AddApproverIn(RequestModel):
    """Asked `before` one decides oneself, or `after` it."""

    approver_id: Identifier
    place: Literal["before", "after"] = "after"
    comment: Comment = None


class RecallIn(RequestModel):
    reason: Comment = None


class EvaluationIn(RequestModel):
    """What the internal evaluation judges; `margin` is a share of 1."""

    margin: Annotated[Amount, Field(ge=-1, le=1)]
    risk: Literal["low", "medium", "high"]
    risks: Annotated[str, Field(min_length=1, max_length=2000)]
    resources: Annotated[str, Field(min_length=1, max_length=2000)]


class ReviewIn(RequestModel):
    """A review that a gate of the deal asks for; `evaluation` for the kind of that name."""

    kind: Literal["bid_review", "evaluation", "finance_consent", "legal_consent"]
    note: Comment = None
    evaluation: EvaluationIn | None = None

    @property
    def judged(self) -> Evaluation | None:
        return Evaluation(**self.evaluation.model_dump()) if self.evaluation else None


class RequestIn(ReviewIn):
    """A review of a deal; papers ask for theirs by their own commands (`/quotes/{id}/submit`)."""

    opportunity_id: Identifier


class VoidIn(RequestModel):
    reason: Reason


async def list_inbox(reader: Reader, *, limit: int) -> Response:
    """What waits for the caller, as one's inbox shows it, those who wait longest first."""
    condition = (await queries.sight_of(reader)).to_decide()
    found = await page(
        reader.db[APPROVALS.collection],
        condition,
        sort="created_at",
        is_descending=False,
        limit=limit,
        decode=APPROVALS.aggregate,
    )
    count = await queries.counted(reader, condition)
    return reader.show(inbox([waiting(one) for one in found.items], count))


def router(decisions: Decisions) -> APIRouter:
    """`decisions`: who is told of an outcome, by the kind of paper."""
    routes = APIRouter(tags=["approvals"])

    @routes.post("/approvals", status_code=201)
    async def request_review(body: RequestIn, door: Door) -> Response:
        return await door.run(
            lambda work: reviews.request_review(
                work, body.opportunity_id, body.kind, body.note, body.judged
            ),
            shown=_shown,
            created="/approvals",
        )

    @routes.post("/opportunities/{opportunity_id}/request-review")
    async def request_deal_review(opportunity_id: IdPath, body: ReviewIn, door: Door) -> Response:
        """The same, as a command of the deal; answers with the approval that is waited for."""
        return await door.run(
            lambda work: reviews.request_review(
                work, opportunity_id, body.kind, body.note, body.judged
            ),
            shown=_shown,
        )

    @routes.get("/approvals")
    async def list_approvals(
        reader: Reader,
        mine: Annotated[Literal["to-decide", "requested", "decided"] | None, Query()] = None,
        kind: Kind = None,
        status: Annotated[Status | None, Query()] = None,
        opportunity_id: IdQuery = None,
        customer_id: IdQuery = None,
        paper_id: IdQuery = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """The newest first. `mine=to-decide` also shows what one decides as a stand-in."""
        asked = {
            "paper.kind": kind,
            "status": status,
            "paper.opportunity_id": opportunity_id,
            "paper.customer_id": customer_id,
            "paper.id": paper_id,
        }
        wanted = {name: value for name, value in asked.items() if value is not None}
        sight = await queries.sight_of(reader)
        found = await page(
            reader.db[APPROVALS.collection],
            {"$and": [sight.matching(mine), wanted]},
            sort="created_at",
            limit=limit,
            cursor=cursor,
            decode=APPROVALS.aggregate,
        )
        items = [approval_view(one, shows_margin=sight.shows_margin(one)) for one in found.items]
        return reader.page(items, found.next_cursor)

    @routes.get("/approvals/{approval_id}")
    async def read_approval(approval_id: IdPath, reader: Reader) -> Response:
        sight = await queries.sight_of(reader)
        approval = await queries.seen(reader, sight, approval_id)
        shows_margin = sight.shows_margin(approval)
        return reader.show(
            approval_view(approval, shows_margin=shows_margin), version=approval.version
        )

    @routes.post("/approvals/{approval_id}/approve")
    async def approve(approval_id: IdPath, body: ApproveIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.approve(
                work, approval_id, body.comment, seen=body.fingerprint, decisions=decisions
            ),
        )

    @routes.post("/approvals/{approval_id}/refuse")
    async def refuse(approval_id: IdPath, body: RefuseIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.refuse(work, approval_id, body.comment, decisions=decisions),
        )

    @routes.post("/approvals/{approval_id}/return")
    async def return_for_change(approval_id: IdPath, body: RefuseIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.return_for_change(
                work, approval_id, body.comment, decisions=decisions
            ),
        )

    @routes.post("/approvals/{approval_id}/recall")
    async def recall(approval_id: IdPath, body: RecallIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.recall(work, approval_id, body.reason, decisions=decisions),
        )

    @routes.post("/approvals/{approval_id}/pass-on")
    async def pass_on(approval_id: IdPath, body: PassOnIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.pass_on(work, approval_id, body.approver_id, body.comment),
        )

    @routes.post("/approvals/{approval_id}/add-approver")
    async def add_approver(approval_id: IdPath, body: AddApproverIn, door: Door) -> Response:
        return await _run(
            door,
            lambda work: commands.add_approver(
                work, approval_id, body.approver_id, body.place, body.comment
            ),
        )

    @routes.post("/approvals/{approval_id}/remind")
    async def remind(approval_id: IdPath, door: Door) -> Response:
        return await _run(door, lambda work: commands.urge(work, approval_id))

    @routes.post("/approvals/{approval_id}/void")
    async def take_back(approval_id: IdPath, body: VoidIn, door: Door) -> Response:
        return await _run(door, lambda work: reviews.take_back(work, approval_id, body.reason))

    return routes


async def _run(door: Commanding, decide: Callable[[Work], Awaitable[Approval]]) -> Response:
    """Answers do not tell the margin: they are kept, and the reader's right may change."""
    return await door.run(decide, shown=_shown)


def _shown(approval: Approval) -> dict[str, Any]:
    return approval_view(approval, shows_margin=False)
