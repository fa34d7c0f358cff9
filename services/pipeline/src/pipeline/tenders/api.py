"""Tenders over HTTP: `/tenders`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.pages import page
from fastapi import APIRouter, Query, Response

from pipeline.requests import Cursor, IdPath, IdQuery, Limit
from pipeline.tenders import commands
from pipeline.tenders.model import FORFEITED, RETURNED, Tender, TenderTerms
from pipeline.tenders.requests import (
    BondEndIn,
    BondIn,
    DecideIn,
    HandInIn,
    NoteIn,
    OpenIn,
    ShortlistIn,
    TenderChangesIn,
    TenderIn,
)
from pipeline.tenders.store import TENDERS
from pipeline.views import plain

router = APIRouter(tags=["tenders"])
Status = Literal[
    "recorded",
    "submitted",
    "approved",
    "handed_in",
    "opened",
    "shortlisted",
    "won",
    "lost",
    "cancelled",
]


def tender_view(tender: Tender) -> dict[str, Any]:
    return {
        "id": tender.id,
        "version": tender.version,
        "customer_id": tender.customer_id,
        "opportunity_id": tender.opportunity_id,
        "owner_id": tender.owner_id,
        "team_id": tender.team_id,
        "region": tender.region,
        "status": tender.status,
        **plain(tender.terms),
        "bid": plain(tender.bid) if tender.bid else None,
        "approved_by": tender.approved_by,
        "handed_in_at": tender.handed_in_at,
        "bond": plain(tender.bond) if tender.bond else None,
        "bidders": [plain(one) for one in tender.bidders],
        "shortlisted_on": tender.shortlisted_on,
        "decided_on": tender.decided_on,
        "award_file_id": tender.award_file_id,
        "reason": tender.reason,
        "created_at": tender.created_at,
        "updated_at": tender.updated_at,
    }


@router.post("/tenders", status_code=201)
async def record_tender(body: TenderIn, door: Door) -> Response:
    bid = body.bid.value if body.bid else None
    return await door.run(
        lambda work: commands.record_new_tender(
            work, body.opportunity_id, TenderTerms(**body.terms), bid
        ),
        shown=tender_view,
        created="/tenders",
    )


@router.get("/tenders")
async def list_tenders(
    reader: Reader,
    opportunity_id: IdQuery = None,
    customer_id: IdQuery = None,
    owner_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("tenders:read")
    asked = {
        "opportunity_id": opportunity_id,
        "customer_id": customer_id,
        "owner_id": owner_id,
        "status": status,
    }
    found = await page(
        reader.db[TENDERS.collection],
        {"$and": [scope.filter(), {k: v for k, v in asked.items() if v is not None}]},
        limit=limit,
        cursor=cursor,
        decode=TENDERS.aggregate,
    )
    return reader.page([tender_view(one) for one in found.items], found.next_cursor)


@router.get("/tenders/{tender_id}")
async def read_tender(tender_id: IdPath, reader: Reader) -> Response:
    tender = await reader.load(TENDERS, tender_id, "tenders:read")
    return reader.show(tender_view(tender), version=tender.version)


@router.patch("/tenders/{tender_id}")
async def change_tender(tender_id: IdPath, body: TenderChangesIn, door: Door) -> Response:
    bid = body.bid.value if body.bid else None
    return await door.run(
        lambda work: commands.change_tender(work, tender_id, body.terms, bid), shown=tender_view
    )


@router.post("/tenders/{tender_id}/submit")
async def submit_bid(tender_id: IdPath, body: NoteIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.submit_bid(work, tender_id, body.note), shown=tender_view
    )


@router.post("/tenders/{tender_id}/hand-in")
async def hand_in_bid(tender_id: IdPath, body: HandInIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.hand_in_bid(work, tender_id, body.handed_in_at), shown=tender_view
    )


@router.post("/tenders/{tender_id}/open")
async def open_bids(tender_id: IdPath, body: OpenIn, door: Door) -> Response:
    bidders = [one.value for one in body.bidders]
    return await door.run(
        lambda work: commands.open_bids(work, tender_id, bidders), shown=tender_view
    )


@router.post("/tenders/{tender_id}/shortlist")
async def shortlist_bid(tender_id: IdPath, body: ShortlistIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.shortlist_bid(work, tender_id, body.shortlisted_on, body.file_id),
        shown=tender_view,
    )


@router.post("/tenders/{tender_id}/decide")
async def decide_tender(tender_id: IdPath, body: DecideIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.decide_tender(
            work,
            tender_id,
            body.result,
            body.decided_on,
            bidders=[one.value for one in body.bidders],
            file_id=body.file_id,
            reason=body.reason,
        ),
        shown=tender_view,
    )


@router.post("/tenders/{tender_id}/pay-bond")
async def pay_bid_bond(tender_id: IdPath, body: BondIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.pay_bid_bond(work, tender_id, body.value), shown=tender_view
    )


@router.post("/tenders/{tender_id}/return-bond")
async def return_bid_bond(tender_id: IdPath, body: BondEndIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_bid_bond(work, tender_id, RETURNED, body.on, body.reason),
        shown=tender_view,
    )


@router.post("/tenders/{tender_id}/forfeit-bond")
async def forfeit_bid_bond(tender_id: IdPath, body: BondEndIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_bid_bond(work, tender_id, FORFEITED, body.on, body.reason),
        shown=tender_view,
    )
