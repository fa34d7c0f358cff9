"""Funnel reviews: the worklist that fills itself, the weekly review, day 15 and day 30."""

from datetime import date, timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS

DAY, WEEK = timedelta(days=1), timedelta(days=7)


async def open_deal(client: Client, **more: Any) -> str:
    body = {"name": "A plant", "customer_id": "customer-1"} | more
    opened = await client.post("/opportunities", json=body)
    assert opened.status_code == 201, opened.text
    return str(opened.json()["id"])


async def hold(client: Client, *deals: dict[str, Any], **more: Any) -> Response:
    body = {"person_id": "rep-1", "deals": list(deals)} | more
    return await client.post("/funnel-reviews", json=body)


async def worklist(client: Client, person: str = "rep-1") -> dict[str, dict[str, Any]]:
    read = await client.get("/funnel-reviews/worklist", params={"person_id": person})
    assert read.status_code == 200, read.text
    return {deal["opportunity_id"]: deal for deal in read.json()["deals"]}


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def codes(answer: Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def talk(client: Client, deal: str) -> None:
    planned = await client.post(
        "/follow-ups",
        json={"opportunity_id": deal, "at": "2026-03-02T01:00:00Z", "method": "phone"},
    )
    done = await client.post(f"/follow-ups/{planned.json()['id']}/done", json={"result": "Yes"})
    assert done.status_code == 200, done.text


async def judge(client: Client, deal: str, outcome: str, **more: Any) -> Response:
    body = {"opportunity_id": deal, "outcome": outcome, "reason": "As discussed"} | more
    return await client.post("/funnel-reviews/judge-intent", json=body)


@pytest.fixture
def rep(pipeline: Running) -> Client:
    return pipeline.as_("rep-1", "rep")


@pytest.fixture
def boss(pipeline: Running) -> Client:
    return pipeline.as_("boss", "supervisor")


async def test_the_worklist_tells_what_happened_since_last_time(
    rep: Client, boss: Client, clock: VirtualClock
) -> None:
    moved, still = await open_deal(rep), await open_deal(rep)
    clock.advance(timedelta(hours=1))
    await hold(boss, {"opportunity_id": moved, "progress": "Begun"}, {"opportunity_id": still})
    clock.advance(WEEK)
    assert [deal["facts"] for deal in (await worklist(boss)).values()] == [[], []]
    await talk(rep, moved)
    clock.advance(DAY)
    listed = await worklist(boss)
    assert {fact["kind"] for fact in listed[moved]["facts"]} >= {"appointment_made", "contact_held"}
    assert [deal["is_unchanged"] for deal in (listed[moved], listed[still])] == [False, True]


async def test_no_progress_comes_first_then_slipped_large_and_without_a_next_step(
    rep: Client, boss: Client, clock: VirtualClock
) -> None:
    money = {"amount": {"amount": "900000", "currency": "CNY"}}
    step = {"next_step": "An offer"}
    fine = await open_deal(rep, **step)
    no_step = await open_deal(rep)
    large = await open_deal(rep, **money, **step)
    slipped = await open_deal(rep, expected_close_on="2026-06-01", **step)
    clock.advance(-DAY)
    read = await rep.get(f"/opportunities/{slipped}")
    await rep.patch(
        f"/opportunities/{slipped}",
        json={"expected_close_on": "2026-08-01"},
        headers={"If-Match": read.headers["etag"]},
    )
    clock.advance(DAY)
    listed = await worklist(boss)
    assert list(listed) == [slipped, large, no_step, fine]
    assert [deal["concerns"] for deal in listed.values()] == [
        ["slipped"],
        ["large"],
        ["no_next_step"],
        [],
    ]
    clock.advance(8 * DAY)
    assert (await worklist(boss))[fine]["concerns"] == ["no_progress"]


async def test_a_promise_is_kept_by_its_fact_in_time_and_broken_when_its_day_is_over(
    rep: Client, boss: Client, clock: VirtualClock
) -> None:
    kept, broken = await open_deal(rep), await open_deal(rep)
    call = {"content": "Call them", "due_on": "2026-03-06", "proof": "contact_held"}
    later = {"content": "Visit", "due_on": "2026-03-20", "proof": "survey_taken"}
    held = await hold(
        boss,
        {"opportunity_id": kept, "promised": [call]},
        {"opportunity_id": broken, "promised": [call, later]},
    )
    assert held.status_code == 201, held.text
    clock.advance(2 * DAY)
    await talk(rep, kept)
    listed = await worklist(boss)
    assert [one["state"] for one in listed[kept]["promises"]] == ["kept"]
    assert [one["state"] for one in listed[broken]["promises"]] == ["ahead", "ahead"]
    clock.advance(5 * DAY)
    await talk(rep, broken)
    again = await hold(boss, {"opportunity_id": kept}, {"opportunity_id": broken})
    told = {deal["opportunity_id"]: deal["promises"] for deal in again.json()["deals"]}
    assert [one["state"] for one in told[kept]] == ["kept"]
    assert [one["state"] for one in told[broken]] == ["broken", "ahead"]
    # What is still ahead stands at the next review, too.
    clock.advance(WEEK)
    assert [one["content"] for one in (await worklist(boss))[broken]["promises"]] == ["Visit"]


async def test_a_held_review_is_told_with_its_minutes_and_stands_once_a_week(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    deal, other = await open_deal(rep), await open_deal(rep)
    task = {"content": "Send the data sheet", "owner_id": "rep-1", "due_on": "2026-03-05"}
    said = {"opportunity_id": deal, "work_done": "Two calls", "problems": "Price", "tasks": [task]}
    async with published(pipeline.db) as events:
        held = await hold(boss, said)
    assert held.status_code == 201, held.text
    told = events.payloads(wire.FunnelReviewHeld)[0]
    assert (told.person_id, told.reviewer_id, told.week) == ("rep-1", "boss", date(2026, 3, 2))
    assert [one.content for one in told.minutes[0].tasks] == ["Send the data sheet"]
    assert slug(await hold(boss, {"opportunity_id": deal})) == "reviewed-already"
    # The rest of the funnel may follow on the same sheet.
    assert (await hold(boss, {"opportunity_id": other})).json()["id"] == held.json()["id"]
    seen = await rep.get(f"/funnel-reviews/{held.json()['id']}")
    assert [one["opportunity_id"] for one in seen.json()["deals"]] == [deal, other]
    assert (await worklist(boss))[deal]["is_reviewed"]
    clock.advance(WEEK)
    assert (await hold(boss, {"opportunity_id": deal})).status_code == 201


async def test_deals_are_confirmed_together_only_if_nothing_happened(
    rep: Client, boss: Client, clock: VirtualClock
) -> None:
    still, moved, new = [await open_deal(rep) for _ in range(3)]
    clock.advance(DAY)
    await hold(boss, {"opportunity_id": still}, {"opportunity_id": moved})
    clock.advance(WEEK)
    await talk(rep, moved)
    clock.advance(DAY)
    refused = await hold(boss, unchanged=[still, moved, new])
    assert codes(refused) == [("/unchanged/1", "changed"), ("/unchanged/2", "never-reviewed")]
    sheet = (await hold(boss, {"opportunity_id": moved})).json()["id"]
    confirmed = await boss.post(
        f"/funnel-reviews/{sheet}/confirm-unchanged", json={"opportunity_ids": [still]}
    )
    assert confirmed.status_code == 200, confirmed.text
    assert [(one["opportunity_id"], one["is_unchanged"]) for one in confirmed.json()["deals"]] == [
        (moved, False),
        (still, True),
    ]


async def test_nobody_reviews_a_funnel_of_ones_own_nor_one_out_of_reach(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    own = await open_deal(boss, owner_id="boss")
    mine = await hold(boss, {"opportunity_id": own}, person_id="boss")
    assert (mine.status_code, slug(mine)) == (403, "forbidden")
    deal = await open_deal(rep)
    assert (await hold(rep, {"opportunity_id": deal})).status_code == 403
    far = await open_deal(pipeline.as_("rep-3", "rep"), customer_id="customer-2")
    refused = await hold(boss, {"opportunity_id": far}, person_id="rep-3")
    assert refused.status_code == 403
    assert codes(await hold(boss, {"opportunity_id": far})) == [
        ("/deals/0/opportunity_id", "unknown")
    ]


async def test_a_large_deal_is_reviewed_one_level_up(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    large = await open_deal(rep, amount={"amount": "900000", "currency": "CNY"})
    refused = await hold(boss, {"opportunity_id": large})
    assert slug(refused) == "for-a-higher-reviewer"
    assert refused.json()["reviewer_id"] == "director"
    director = pipeline.as_("director", "director")
    assert (await hold(director, {"opportunity_id": large})).status_code == 201


async def test_a_recheck_satisfies_day_15_and_sets_nothing_back(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    deal = await open_deal(rep)
    clock.advance(14 * DAY)
    async with published(pipeline.db) as events:
        looked = await boss.post(
            "/funnel-reviews/recheck",
            json={"opportunity_id": deal, "information": "A rival left"},
        )
        assert looked.status_code == 200, looked.text
        clock.advance(10 * DAY)
        await Timers(pipeline.core, TIMERS).fire_due()
    assert events.types == ["funnel_review.rechecked"]
    shown = (await rep.get(f"/opportunities/{deal}/clock")).json()
    assert (shown["recheck_due_on"], shown["judgement_due_on"]) == (None, "2026-04-01")


async def test_what_was_told_as_due_is_told_as_settled_when_it_is_done(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    reviewed, moved, lost = [await open_deal(rep) for _ in range(3)]
    clock.advance(15 * DAY)
    await Timers(pipeline.core, TIMERS).fire_due()
    async with published(pipeline.db) as events:
        await boss.post(
            "/funnel-reviews/recheck", json={"opportunity_id": reviewed, "information": "New"}
        )
        await talk(rep, moved)  # a held contact proves the first milestone
        await rep.post(f"/opportunities/{lost}/lose", json={"reasons": ["price"]})
    told = events.payloads(wire.OpportunityDueSettled)
    assert {(one.opportunity_id, *one.settled) for one in told} == {
        (deal, "recheck") for deal in (reviewed, moved, lost)
    }


async def test_day_30_is_continued_with_a_dated_event_twice_at_most(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    deal = await open_deal(rep)
    early = await judge(
        boss, deal, "continue", event={"what": "The board meets", "on": "2026-04-20"}
    )
    assert slug(early) == "not-due-yet"
    clock.advance(30 * DAY)
    assert codes(await judge(boss, deal, "continue")) == [
        ("/event", "required"),
        ("/event/on", "required"),
    ]
    past = {"what": "The board met", "on": "2026-04-01"}
    assert codes(await judge(boss, deal, "continue", event=past)) == [("/event/on", "not-ahead")]
    for on in ("2026-04-20", "2026-05-11"):
        event = {"what": "The board meets", "on": on}
        answer = await judge(boss, deal, "continue", event=event)
        assert answer.status_code == 200, answer.text
        due = (await rep.get(f"/opportunities/{deal}/clock")).json()["judgement_due_on"]
        assert due == str(date.fromisoformat(on) + DAY)
        clock.advance(timedelta(days=(date.fromisoformat(due) - clock.now().date()).days))
        async with published(pipeline.db) as events:
            await Timers(pipeline.core, TIMERS).fire_due()
        assert events.types == ["opportunity.judgement_due"]
    third = await judge(boss, deal, "continue", event={"what": "Once more", "on": "2026-06-01"})
    assert slug(third) == "continued-too-often"


async def test_day_30_parks_until_a_day_or_stops_for_want_of_intent(
    rep: Client, boss: Client, clock: VirtualClock
) -> None:
    parked, stopped = await open_deal(rep), await open_deal(rep)
    clock.advance(30 * DAY)
    assert (await judge(boss, parked, "park", wake_on="2026-07-01")).status_code == 200
    assert (await judge(boss, stopped, "stop")).status_code == 200
    read = (await rep.get(f"/opportunities/{parked}")).json()
    assert (read["is_parked"], read["wake_on"]) == (True, "2026-07-01")
    lost = (await rep.get(f"/opportunities/{stopped}")).json()
    assert (lost["status"], lost["lost_reasons"]) == ("lost", ["no_intent"])
    assert slug(await judge(boss, parked, "continue", event={"what": "x", "on": "2026-04-20"})) == (
        "clock-stopped"
    )
