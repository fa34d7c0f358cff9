"""Quotes over HTTP: `/quotes`."""

from typing import Annotated, Literal, cast

from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn
from chassis.pages import page
from chassis.problems import NotFound
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from pipeline.pricing.views import taxed_view
from pipeline.quotes import commands
from pipeline.quotes.drafting import Policy
from pipeline.quotes.model import Quote, Revision, compare
from pipeline.quotes.requests import (
    AcceptIn,
    OfferIn,
    QuoteIn,
    RejectIn,
    SendIn,
    SubmitIn,
    WithdrawIn,
)
from pipeline.quotes.store import QUOTES
from pipeline.quotes.views import (
    difference_view,
    insight,
    quote_view,
    revision_view,
    sees_margin,
    shown,
)
from pipeline.requests import Cursor, IdPath, IdQuery, Limit
from pipeline.settings import Settings

router = APIRouter(tags=["quotes"])
Status = Literal[
    "draft",
    "submitted",
    "approved",
    "refused",
    "sent",
    "accepted",
    "rejected",
    "expired",
    "withdrawn",
    "superseded",
]
Number = Annotated[int, Query(ge=1, le=1000)]


def _policy(door: Commanding) -> Policy:
    settings = cast(Settings, door.core.settings)
    return Policy(
        discount_limit=settings.quote_discount_limit, valid_days=settings.quote_valid_days
    )


async def _draft(work: Work, body: QuoteIn, policy: Policy) -> Quote:
    given = commands.NewQuote(
        offer=body.offer,
        title=body.title,
        customer_id=body.customer_id,
        opportunity_id=body.opportunity_id,
    )
    return await commands.draft_new_quote(work, given, policy)


@router.post("/quotes", status_code=201)
async def draft_quote(body: QuoteIn, door: Door) -> Response:
    policy = _policy(door)
    return await door.run(lambda work: _draft(work, body, policy), shown=shown, created="/quotes")


@router.post("/quotes/batch")
async def draft_quotes(body: BatchIn, door: Door) -> Response:
    policy = _policy(door)
    return await door.batch(
        body.items,
        QuoteIn,
        lambda work, item: _draft(work, item, policy),
        shown=shown,
        created="/quotes",
    )


@router.get("/quotes")
async def list_quotes(
    reader: Reader,
    customer_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("quotes:read")
    asked = {
        "customer_id": customer_id,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "status": status,
        "number": number,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[QUOTES.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=QUOTES.aggregate,
    )
    known = await insight(reader)
    return reader.page([quote_view(quote, known) for quote in found.items], found.next_cursor)


@router.get("/quotes/{quote_id}")
async def read_quote(quote_id: IdPath, reader: Reader) -> Response:
    quote = await reader.load(QUOTES, quote_id, "quotes:read")
    return reader.show(quote_view(quote, await insight(reader)), version=quote.version)


@router.get("/quotes/{quote_id}/revisions/{number}")
async def read_revision(quote_id: IdPath, number: int, reader: Reader) -> Response:
    """A revision as it was issued."""
    quote = await reader.load(QUOTES, quote_id, "quotes:read")
    known = await insight(reader)
    return reader.show(revision_view(_revision(quote, number), known, sees_margin(quote, known)))


@router.get("/quotes/{quote_id}/compare")
async def compare_revisions(
    quote_id: IdPath,
    reader: Reader,
    other: Annotated[int, Query(alias="with", ge=1, le=1000)],
    revision: Number | None = None,
) -> Response:
    """Revision `with` beside `revision`, the present one by default: what became different."""
    quote = await reader.load(QUOTES, quote_id, "quotes:read")
    known = await insight(reader)
    before, after = _revision(quote, other), _revision(quote, revision or quote.revision)
    changed, lines = compare(before.offer, after.offer)
    with_margin = sees_margin(quote, known)
    return reader.show(
        {
            "before": revision_view(before, known, with_margin),
            "after": revision_view(after, known, with_margin),
            "changed": changed,
            "lines": [difference_view(one) for one in lines],
            "total": taxed_view(after.offer.total - before.offer.total)
            if before.offer.currency == after.offer.currency
            else None,
        }
    )


def _revision(quote: Quote, number: int) -> Revision:
    found = quote.revision_numbered(number)
    if found is None:
        raise NotFound("revision", f"{quote.number}-{number}")
    return found


@router.patch("/quotes/{quote_id}")
async def change_quote(quote_id: IdPath, body: OfferIn, door: Door) -> Response:
    policy = _policy(door)
    return await door.run(
        lambda work: commands.change_quote(work, quote_id, body.offer, policy), shown=shown
    )


@router.post("/quotes/{quote_id}/submit")
async def submit_quote(quote_id: IdPath, body: SubmitIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.submit_quote(work, quote_id, body.note), shown=shown
    )


@router.post("/quotes/{quote_id}/send")
async def send_quote(quote_id: IdPath, body: SendIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.send_quote(work, quote_id, body.sent_on), shown=shown
    )


@router.post("/quotes/{quote_id}/accept")
async def accept_quote(quote_id: IdPath, body: AcceptIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.accept_quote(work, quote_id, body.accepted_on), shown=shown
    )


@router.post("/quotes/{quote_id}/reject")
async def reject_quote(quote_id: IdPath, body: RejectIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.reject_quote(work, quote_id, list(body.reasons), body.note),
        shown=shown,
    )


@router.post("/quotes/{quote_id}/withdraw")
async def withdraw_quote(quote_id: IdPath, body: WithdrawIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_quote(work, quote_id, body.reason), shown=shown
    )


@router.post("/quotes/{quote_id}/revise")
async def revise_quote(quote_id: IdPath, door: Door) -> Response:
    return await door.run(lambda work: commands.revise_quote(work, quote_id), shown=shown)
