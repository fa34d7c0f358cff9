"""After a deal is closed: handed over to delivery, and reviewed; neither holds up closing it."""

from datetime import timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS

CODES = ["contract", "technical_agreement", "promises", "risks", "contacts", "payment_milestones"]
TOLD = [{"code": code, "text": f"about {code}"} for code in CODES]
MONEY = {"amount": "1000.00", "currency": "CNY"}


async def a_deal(running: Running) -> str:
    body = {"name": "A plant", "customer_id": "customer-1", "amount": MONEY}
    opened = await running.as_("rep-1", "rep").post("/opportunities", json=body)
    return str(opened.json()["id"])


async def won(running: Running) -> str:
    """On the standard process; what its gates ask for is waived by the superior."""
    deal = await a_deal(running)
    gate = await running.client.get(f"/opportunities/{deal}/gate", params={"to_stage": 6})
    codes = [one["milestone"] for one in gate.json()["milestones"] if one["state"] == "missing"]
    boss = running.as_("boss", "supervisor")
    waived = await boss.post(
        f"/opportunities/{deal}/waive", json={"milestones": codes, "reason": "agreed by phone"}
    )
    assert waived.status_code == 200, waived.text
    done = await running.as_("rep-1", "rep").post(f"/opportunities/{deal}/win", json={})
    assert done.status_code == 200, done.text
    return deal


async def lost(running: Running) -> str:
    deal = await a_deal(running)
    done = await running.as_("rep-1", "rep").post(
        f"/opportunities/{deal}/lose", json={"reasons": ["price"], "winner": "Another"}
    )
    assert done.status_code == 200, done.text
    return deal


async def fill(running: Running, deal: str, items: list[dict[str, Any]]) -> Response:
    rep = running.as_("rep-1", "rep")
    now = await rep.get(f"/hand-overs/{deal}")
    return await rep.patch(
        f"/hand-overs/{deal}", json={"items": items}, headers={"If-Match": now.headers["ETag"]}
    )


async def test_winning_opens_a_hand_over_that_is_due_five_working_days_later(
    pipeline: Running,
) -> None:
    deal = await won(pipeline)
    seen = (await pipeline.as_("rep-1", "rep").get(f"/hand-overs/{deal}")).json()
    assert (seen["status"], seen["due_on"]) == ("open", "2026-03-09"), "Monday to Monday"
    assert (await pipeline.client.get(f"/opportunities/{deal}")).json()["status"] == "won"


async def test_an_incomplete_hand_over_is_refused_point_by_point(pipeline: Running) -> None:
    deal = await won(pipeline)
    await fill(pipeline, deal, [*TOLD[:4], {"code": "contacts", "not_applicable": "as before"}])
    refused = await pipeline.as_("rep-1", "rep").post(f"/hand-overs/{deal}/submit")
    assert refused.status_code == 400
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/items/5"]


async def test_delivery_returns_with_reasons_or_accepts_and_nobody_their_own(
    pipeline: Running,
) -> None:
    deal = await won(pipeline)
    await fill(pipeline, deal, TOLD)
    rep, delivery = pipeline.as_("rep-1", "rep"), pipeline.as_("director", "director")
    assert (await rep.post(f"/hand-overs/{deal}/submit")).status_code == 200
    assert (await rep.post(f"/hand-overs/{deal}/accept", json={})).status_code == 403
    own = await pipeline.as_("rep-1", "director").post(f"/hand-overs/{deal}/accept", json={})
    assert (own.status_code, own.json()["type"]) == (403, "/problems/own-hand-over")
    back = await delivery.post(f"/hand-overs/{deal}/return", json={"reasons": ["no drawings"]})
    assert (back.json()["status"], back.json()["reasons"]) == ("open", ["no drawings"])
    await rep.post(f"/hand-overs/{deal}/submit")
    accepted = await delivery.post(f"/hand-overs/{deal}/accept", json={"comment": "complete"})
    assert (accepted.json()["status"], accepted.json()["accepted_by"]) == ("accepted", "director")
    assert (await delivery.post(f"/hand-overs/{deal}/accept", json={})).status_code == 409


async def test_what_is_late_is_told_once_and_what_was_done_in_time_never(
    pipeline: Running, clock: VirtualClock
) -> None:
    late, done = await won(pipeline), await won(pipeline)
    await fill(pipeline, done, TOLD)
    await pipeline.as_("rep-1", "rep").post(f"/hand-overs/{done}/submit")
    await pipeline.as_("director", "director").post(f"/hand-overs/{done}/accept", json={})
    finding = {"reasons": ["relationship"], "lessons": "come early"}
    held = await pipeline.as_("rep-1", "rep").post(f"/outcome-reviews/{done}/hold", json=finding)
    assert held.status_code == 200, held.text
    clock.advance(timedelta(days=30))
    timers = Timers(pipeline.core, TIMERS)
    async with published(pipeline.db) as events:
        await timers.fire_due()
        await timers.fire_due()
    handed = events.payloads(wire.HandOverOverdue)
    assert [one.opportunity_id for one in handed] == [late]
    assert [one.opportunity_id for one in events.payloads(wire.OutcomeReviewOverdue)] == [late]


async def test_a_lost_deal_is_reviewed_and_what_is_known_is_prefilled(pipeline: Running) -> None:
    deal = await lost(pipeline)
    rep = pipeline.as_("rep-1", "rep")
    review = (await rep.get(f"/outcome-reviews/{deal}")).json()
    assert (review["outcome"], review["due_on"]) == ("lost", "2026-03-16")
    assert (review["known_reasons"], review["known_winner"]) == (["price"], "Another")
    assert (await rep.get(f"/hand-overs/{deal}")).status_code == 404, "there is nothing to deliver"
    finding = {
        "reasons": ["price", "lead_time"],
        "winner": "Another",
        "winning_price": MONEY,
        "lessons": "ask for the budget first",
    }
    await rep.post(f"/outcome-reviews/{deal}/hold", json=finding)
    async with published(pipeline.db) as events:
        corrected = await rep.post(
            f"/outcome-reviews/{deal}/hold", json=finding | {"lessons": "and for the date"}
        )
    assert corrected.json()["finding"]["lessons"] == "and for the date"
    told = events.payloads(wire.OutcomeReviewHeld)[0]
    assert told.previous is not None
    assert told.previous.lessons == "ask for the budget first"
    by_reason = await rep.get("/outcome-reviews", params={"reason": "lead_time"})
    assert [one["id"] for one in by_reason.json()["items"]] == [deal]


async def test_a_deal_that_is_reopened_is_neither_handed_over_nor_reviewed(
    pipeline: Running, clock: VirtualClock
) -> None:
    deal = await won(pipeline)
    reopened = await pipeline.as_("boss", "supervisor").post(
        f"/opportunities/{deal}/reopen", json={"reason": "a mistake"}
    )
    assert reopened.status_code == 200, reopened.text
    rep = pipeline.as_("rep-1", "rep")
    assert (await rep.get(f"/hand-overs/{deal}")).json()["status"] == "cancelled"
    refused = await rep.post(
        f"/outcome-reviews/{deal}/hold", json={"reasons": ["price"], "lessons": "none"}
    )
    assert refused.json()["type"] == "/problems/outcome-review-cancelled"
    clock.advance(timedelta(days=30))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
    assert events.payloads(wire.HandOverOverdue) == []
    again = await rep.post(f"/opportunities/{deal}/win", json={})
    assert again.status_code == 200, again.text
    assert (await rep.get(f"/hand-overs/{deal}")).json()["round"] == 2


async def test_strangers_see_neither(pipeline: Running) -> None:
    deal = await won(pipeline)
    stranger = pipeline.as_("rep-3", "rep")
    assert (await stranger.get(f"/hand-overs/{deal}")).status_code == 404
    assert (await stranger.get(f"/outcome-reviews/{deal}")).status_code == 404
    assert (await stranger.get("/outcome-reviews")).json()["items"] == []


async def test_a_hand_over_goes_along_with_its_deal(pipeline: Running) -> None:
    deal = await won(pipeline)
    moved = await pipeline.as_("boss", "supervisor").post(
        f"/opportunities/{deal}/change-owner", json={"owner_id": "rep-2"}
    )
    assert moved.status_code == 200, moved.text
    seen = await pipeline.as_("rep-2", "rep").get(f"/hand-overs/{deal}")
    assert seen.json()["owner_id"] == "rep-2"
