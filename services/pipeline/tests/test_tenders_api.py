"""Tenders: no bid leaves unapproved; what happens to it is evidence; the bond is looked after."""

from datetime import timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS

BID: dict[str, Any] = {"amount": {"amount": "980000.00", "currency": "CNY"}}
US = {"name": "Tianlong", "is_us": True, "amount": BID["amount"], "total_score": "91.5", "rank": 1}
OTHER = {"name": "Another", "amount": {"amount": "990000.00", "currency": "CNY"}, "rank": 2}


async def a_tender(running: Running, **more: Any) -> dict[str, Any]:
    rep = running.as_("rep-1", "rep")
    deal = await rep.post("/opportunities", json={"name": "A plant", "customer_id": "customer-1"})
    body = {"opportunity_id": deal.json()["id"], "number": "ZB-2026-7", "title": "A plant"}
    recorded = await rep.post("/tenders", json=body | {"bid": BID} | more)
    assert recorded.status_code == 201, recorded.text
    found: dict[str, Any] = recorded.json()
    return found


async def say(running: Running, tender: dict[str, Any], verb: str, **body: Any) -> Response:
    return await running.as_("rep-1", "rep").post(f"/tenders/{tender['id']}/{verb}", json=body)


async def approve(running: Running, tender: dict[str, Any]) -> None:
    """By whoever the matrix asks."""
    for _ in range(5):
        now = (await running.client.get(f"/tenders/{tender['id']}")).json()
        if now["status"] != "submitted":
            return
        asked = await running.db["approvals"].find_one({"paper.id": tender["id"]})
        assert asked is not None, "nobody was asked"
        for staff in asked["collaborator_ids"]:
            await running.as_(staff, "director").post(f"/approvals/{asked['_id']}/approve", json={})


async def handed_in(running: Running, **more: Any) -> dict[str, Any]:
    tender = await a_tender(running, **more)
    assert (await say(running, tender, "submit")).status_code == 200
    await approve(running, tender)
    done = await say(running, tender, "hand-in")
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def proofs(running: Running, tender: dict[str, Any]) -> set[str]:
    found = await running.client.get(f"/opportunities/{tender['opportunity_id']}/evidence")
    return {one["kind"] for one in found.json()["items"]}


async def test_no_bid_leaves_unapproved(pipeline: Running) -> None:
    tender = await a_tender(pipeline)
    refused = await say(pipeline, tender, "hand-in")
    problem = refused.json()
    assert (problem["status"], problem["type"]) == (409, "/problems/tender-status")
    assert problem["current_status"] == "recorded"
    await say(pipeline, tender, "submit")
    await approve(pipeline, tender)
    now = await pipeline.client.get(f"/tenders/{tender['id']}")
    assert now.json()["status"] == "approved"
    changed = await pipeline.as_("rep-1", "rep").patch(
        f"/tenders/{tender['id']}",
        json={"bid": {"amount": {"amount": "970000.00", "currency": "CNY"}}},
        headers={"If-Match": now.headers["ETag"]},
    )
    assert changed.json()["status"] == "recorded", "another bid has to be approved anew"
    assert (await say(pipeline, tender, "hand-in")).status_code == 409


async def test_without_a_bid_there_is_nothing_to_approve(pipeline: Running) -> None:
    tender = await a_tender(pipeline, bid=None)
    refused = await say(pipeline, tender, "submit")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/bid")


async def test_a_bid_handed_in_and_a_shortlist_are_evidence(pipeline: Running) -> None:
    tender = await handed_in(pipeline)
    assert await proofs(pipeline, tender) == {"formal_offer_sent"}
    assert (await say(pipeline, tender, "open", bidders=[US, OTHER])).status_code == 200
    assert (await say(pipeline, tender, "shortlist")).status_code == 200
    assert await proofs(pipeline, tender) == {"formal_offer_sent", "shortlisted"}


async def test_an_award_tells_the_result_with_its_scores(pipeline: Running) -> None:
    tender = await handed_in(pipeline)
    async with published(pipeline.db) as events:
        won = await say(pipeline, tender, "decide", result="won", bidders=[US, OTHER])
    assert won.status_code == 200, won.text
    decided = events.payloads(wire.TenderDecided)[0]
    assert [(one.name, one.rank) for one in decided.bidders] == [("Tianlong", 1), ("Another", 2)]
    assert "shortlisted" in await proofs(pipeline, tender)
    assert (await say(pipeline, tender, "decide", result="lost")).status_code == 409


async def test_exactly_one_bidder_is_us(pipeline: Running) -> None:
    tender = await handed_in(pipeline)
    for bidders in ([OTHER], [US, US]):
        refused = await say(pipeline, tender, "open", bidders=bidders)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/bidders")


async def test_nothing_is_handed_in_after_the_due_time(
    pipeline: Running, clock: VirtualClock
) -> None:
    due = (clock.now() + timedelta(hours=1)).isoformat()
    tender = await a_tender(pipeline, due_at=due)
    await say(pipeline, tender, "submit")
    await approve(pipeline, tender)
    clock.advance(timedelta(hours=2))
    refused = await say(pipeline, tender, "hand-in")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too-late")


async def test_a_bond_that_is_not_back_in_time_is_told_once(
    pipeline: Running, clock: VirtualClock
) -> None:
    tender = await a_tender(pipeline)
    bond = {"amount": {"amount": "20000.00", "currency": "CNY"}, "paid_on": "2026-03-02"}
    paid = await say(pipeline, tender, "pay-bond", **bond, due_back_on="2026-03-20")
    assert paid.status_code == 200, paid.text
    assert (await say(pipeline, tender, "pay-bond", **bond)).status_code == 400
    timers = Timers(pipeline.core, TIMERS)
    clock.advance(timedelta(days=18))
    async with published(pipeline.db) as early:
        await timers.fire_due()
    assert early.payloads(wire.BidBondOverdue) == []
    clock.advance(timedelta(days=2))
    async with published(pipeline.db) as late:
        await timers.fire_due()
        await timers.fire_due()
    assert len(late.payloads(wire.BidBondOverdue)) == 1
    back = await say(pipeline, tender, "return-bond")
    assert back.json()["bond"]["state"] == "returned"
    assert (await say(pipeline, tender, "forfeit-bond")).status_code == 400


async def test_a_bond_returned_in_time_is_not_told_of(
    pipeline: Running, clock: VirtualClock
) -> None:
    tender = await a_tender(pipeline)
    bond = {"amount": {"amount": "20000.00", "currency": "CNY"}, "paid_on": "2026-03-02"}
    await say(pipeline, tender, "pay-bond", **bond, due_back_on="2026-03-20")
    await say(pipeline, tender, "return-bond")
    clock.advance(timedelta(days=30))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    assert events.payloads(wire.BidBondOverdue) == []


async def test_others_see_no_tender_of_a_deal_that_is_not_theirs(pipeline: Running) -> None:
    tender = await a_tender(pipeline)
    stranger = pipeline.as_("rep-3", "rep")
    assert (await stranger.get(f"/tenders/{tender['id']}")).status_code == 404
    assert (await stranger.get("/tenders")).json()["items"] == []
    assert (await pipeline.as_("boss", "supervisor").get("/tenders")).json()["items"] != []
