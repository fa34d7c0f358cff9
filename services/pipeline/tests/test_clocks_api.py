"""1-15-30 on a running service: what comes due, when, and what puts it off or satisfies it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from chassis.timers import Timers
from contracts import field
from contracts import pipeline as wire
from contracts.values import LeaveId, StaffId
from pipeline.due import TIMERS

DAY = timedelta(days=1)
RECHECK, JUDGEMENT = "opportunity.recheck_due", "opportunity.judgement_due"
# The tests' clock stands at Monday 2 March 2026, nine o'clock in Shanghai.


async def open_deal(client: Client, **more: Any) -> str:
    body = {"name": "A plant", "customer_id": "customer-1"} | more
    opened = await client.post("/opportunities", json=body)
    assert opened.status_code == 201, opened.text
    return str(opened.json()["id"])


async def clock_of(client: Client, deal: str) -> dict[str, Any]:
    read = await client.get(f"/opportunities/{deal}/clock")
    assert read.status_code == 200, read.text
    found: dict[str, Any] = read.json()
    return found


async def told_by(pipeline: Running, clock: VirtualClock, until: datetime) -> list[str]:
    """What timers tell up to `until`, each time by a worker that has just been started."""
    async with published(pipeline.db) as events:
        while clock.now() < until:
            clock.advance(min(timedelta(hours=12), until - clock.now()))
            await Timers(pipeline.core, TIMERS).fire_due()
    return events.types


def local(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour - 8, tzinfo=UTC)


async def follow_up(client: Client, deal: str, at: str = "2026-03-03T01:00:00Z") -> str:
    planned = await client.post(
        "/follow-ups", json={"opportunity_id": deal, "at": at, "method": "phone"}
    )
    assert planned.status_code == 201, planned.text
    return str(planned.json()["id"])


async def grant_leave(pipeline: Running, staff: str, first: date, last: date) -> None:
    granted = field.LeaveGranted(
        leave_id=LeaveId(f"leave-{staff}"),
        staff_id=StaffId(staff),
        kind="leave",
        first_on=first,
        last_on=last,
        granted_by=StaffId("director"),
    )
    await deliver(pipeline, granted, subject=f"leave-{staff}", sequence=1)


async def test_a_deal_without_progress_is_rechecked_after_15_days_and_judged_after_30(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    shown = await clock_of(rep, deal)
    # 1 April is the thirtieth day.
    assert (shown["recheck_due_on"], shown["judgement_due_on"]) == ("2026-03-17", "2026-04-01")
    assert await told_by(pipeline, clock, local(3, 17, 8)) == []
    async with published(pipeline.db) as events:
        clock.advance(timedelta(hours=1))
        assert await Timers(pipeline.core, TIMERS).fire_due() == 1
    due = events.payloads(wire.OpportunityRecheckDue)[0]
    assert (due.opportunity_id, due.due_on, due.reviewer_id) == (deal, date(2026, 3, 17), "boss")
    assert await told_by(pipeline, clock, local(4, 30)) == [JUDGEMENT]


async def test_progress_begins_the_count_anew_and_a_held_contact_alone_does_not(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    clock.advance(10 * DAY)
    done = await follow_up(rep, deal, "2026-03-12T02:00:00Z")
    await rep.post(f"/follow-ups/{done}/done", json={"result": "They think about it"})
    assert (await clock_of(rep, deal))["recheck_due_on"] == "2026-03-17"
    promised = await follow_up(rep, deal, "2026-03-12T02:00:00Z")
    commitment = {"content": "The board decides", "on": "2026-04-20"}
    await rep.post(
        f"/follow-ups/{promised}/done", json={"result": "A date", "commitment": commitment}
    )
    assert (await clock_of(rep, deal))["recheck_due_on"] == "2026-03-27"
    assert await told_by(pipeline, clock, local(3, 26)) == []
    assert await told_by(pipeline, clock, local(3, 28)) == [RECHECK]


async def test_a_milestone_is_progress_on_the_day_of_its_proof(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    clock.advance(5 * DAY)
    planned = await rep.post(
        "/follow-ups",
        json={
            "opportunity_id": deal,
            "at": "2026-03-09T01:00:00Z",
            "method": "visit",
            "contact_ids": ["buyer"],
        },
    )
    assert planned.status_code == 201, planned.text
    assert (await clock_of(rep, deal))["recheck_due_on"] == "2026-03-23"


async def test_what_is_due_waits_for_the_reviewers_return_and_follows_another_owner(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    away, moved = await open_deal(rep), await open_deal(rep)
    await grant_leave(pipeline, "boss", date(2026, 3, 16), date(2026, 3, 18))
    director = pipeline.as_("director", "director")
    handed = await director.post(f"/opportunities/{moved}/change-owner", json={"owner_id": "rep-3"})
    assert handed.status_code == 200, handed.text
    async with published(pipeline.db) as events:
        assert await told_by(pipeline, clock, local(3, 18)) == [RECHECK]
        assert await told_by(pipeline, clock, local(3, 20)) == [RECHECK]
    told = events.payloads(wire.OpportunityRecheckDue)
    # Team two has no leader: the director is next above.
    assert [(one.opportunity_id, one.reviewer_id) for one in told] == [
        (moved, "director"),
        (away, "boss"),
    ]


async def test_a_parked_deal_stands_still_and_wakes_by_itself_with_what_was_left(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    clock.advance(10 * DAY)
    await rep.post(f"/opportunities/{deal}/park", json={"wake_on": "2026-05-16"})
    assert (await clock_of(rep, deal))["recheck_due_on"] is None
    # 16 May is a Saturday.
    assert await told_by(pipeline, clock, local(5, 18, 8)) == []
    assert await told_by(pipeline, clock, local(5, 18)) == ["opportunity.parked"]
    assert not (await rep.get(f"/opportunities/{deal}")).json()["is_parked"]
    assert (await clock_of(rep, deal))["recheck_due_on"] == "2026-05-25"
    assert await told_by(pipeline, clock, local(5, 26)) == [RECHECK]


async def test_nothing_comes_due_of_a_closed_deal_and_a_reopened_one_begins_anew(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    clock.advance(3 * DAY)
    await rep.post(f"/opportunities/{deal}/lose", json={"reasons": ["price"]})
    assert await told_by(pipeline, clock, local(4, 20)) == ["outcome_review.overdue"], "no clock"
    await rep.post(f"/opportunities/{deal}/reopen", json={"reason": "They called"})
    assert await told_by(pipeline, clock, local(5, 4, 18)) == []
    assert await told_by(pipeline, clock, local(5, 5, 9)) == [RECHECK]


async def test_planned_follow_ups_go_to_the_new_owner_of_their_deal(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    held, ahead = await follow_up(rep, deal), await follow_up(rep, deal, "2026-03-05T01:00:00Z")
    await rep.post(f"/follow-ups/{held}/done", json={"result": "Talked"})
    boss = pipeline.as_("boss", "supervisor")
    async with published(pipeline.db) as events:
        handed = await boss.post(f"/opportunities/{deal}/change-owner", json={"owner_id": "rep-2"})
    assert handed.status_code == 200, handed.text
    told = events.payloads(wire.FollowUpOwnerChanged)
    assert [(one.follow_up_id, one.owner_id) for one in told] == [(ahead, "rep-2")]
    owners = {one["id"]: one["owner_id"] for one in (await boss.get("/follow-ups")).json()["items"]}
    assert owners == {held: "rep-1", ahead: "rep-2"}


async def test_open_deals_without_a_next_follow_up_are_listed_to_those_who_see_them(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    older = await open_deal(rep)
    clock.advance(DAY)
    newer, planned, lost = await open_deal(rep), await open_deal(rep), await open_deal(rep)
    await open_deal(pipeline.as_("rep-3", "rep"), customer_id="customer-2")
    first = await follow_up(rep, planned, "2026-03-05T01:00:00Z")
    await rep.post(f"/opportunities/{lost}/lose", json={"reasons": ["price"]})

    async def missing() -> list[str]:
        listed = await rep.get("/follow-ups/missing")
        assert listed.status_code == 200, listed.text
        return [one["opportunity_id"] for one in listed.json()["items"]]

    assert await missing() == [older, newer]
    await rep.post(f"/follow-ups/{first}/cancel", json={"reason": "They are ill"})
    assert await missing() == [older, *sorted([newer, planned])]


async def test_at_a_node_a_missing_follow_up_is_asked_for_two_working_days_later(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    forgotten, planned = await open_deal(rep), await open_deal(rep)
    for deal in (forgotten, planned):
        await rep.post(f"/opportunities/{deal}/change-intent", json={"intent": "confirmed"})
    await follow_up(rep, planned)
    async with published(pipeline.db) as events:
        assert await told_by(pipeline, clock, local(3, 10)) == ["opportunity.follow_up_due"]
    due = events.payloads(wire.OpportunityFollowUpDue)[0]
    assert (due.opportunity_id, due.node) == (forgotten, "intent_confirmed")


async def test_the_numbers_of_1_15_30_are_the_companys_to_set(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    shown = await rep.get("/review-policy")
    assert (shown.json()["recheck_after_days"], shown.json()["judge_after_days"]) == (15, 30)
    etag = {"If-Match": shown.headers["etag"]}
    absurd = await pipeline.client.patch(
        "/review-policy", json={"judge_after_days": 10}, headers=etag
    )
    assert absurd.json()["errors"][0]["pointer"] == "/judge_after_days"
    async with published(pipeline.db) as events:
        changed = await pipeline.client.patch(
            "/review-policy",
            json={"recheck_after_days": 7, "judge_after_days": 14},
            headers=etag,
        )
    assert changed.status_code == 200, changed.text
    told = events.payloads(wire.ReviewPolicyChanged)[0]
    assert (told.rule.recheck_after_days, told.previous.recheck_after_days) == (7, 15)
    assert (await clock_of(rep, deal))["recheck_due_on"] == "2026-03-09"
