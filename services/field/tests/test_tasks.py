"""Tasks: by hand and from the minutes of a funnel review."""

from datetime import date, timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from contracts import field as wire
from contracts import pipeline
from contracts.values import CustomerId, FunnelReviewId, OpportunityId, StaffId
from httpx import Response


def a_review(*contents: str) -> pipeline.FunnelReviewHeld:
    tasks = [
        pipeline.ReviewTask(content=content, owner_id=StaffId("li"), due_on=date(2026, 3, 6))
        for content in contents
    ]
    minutes = pipeline.ReviewMinutes(
        opportunity_id=OpportunityId("deal-1"), customer_id=CustomerId("acme"), tasks=tasks
    )
    return pipeline.FunnelReviewHeld(
        funnel_review_id=FunnelReviewId("review-1"),
        person_id=StaffId("li"),
        reviewer_id=StaffId("boss"),
        week=date(2026, 3, 2),
        minutes=[minutes],
    )


async def write(client: Client, **more: Any) -> Response:
    return await client.post(
        "/tasks", json={"content": "Call the bank", "due_on": "2026-03-04"} | more
    )


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_the_minutes_of_a_review_become_the_tasks_of_those_named(
    field: Running, li: Client, han: Client
) -> None:
    async with published(field.db) as events:
        await deliver(field, a_review("Send the offer", "Ask for the plan"), subject="review-1")
    assert events.types == ["task.created", "task.created"]
    told = events.payloads(wire.TaskCreated)[0]
    assert (told.source.kind, told.source.id, told.created_by) == (
        "funnel_review",
        "review-1",
        "boss",
    )
    mine = (await li.get("/tasks", params={"opportunity_id": "deal-1"})).json()["items"]
    assert {task["content"] for task in mine} == {"Send the offer", "Ask for the plan"}
    assert (await han.get("/tasks")).json()["items"] == []


async def test_a_review_gone_on_with_brings_only_its_new_tasks(field: Running) -> None:
    await deliver(field, a_review("Send the offer"), subject="review-1")
    further = a_review("Send the offer")
    async with published(field.db) as events:
        await deliver(field, further, subject="review-1")
    assert events.types == []


async def test_a_task_is_done_with_a_result_in_time_or_late(
    field: Running, li: Client, clock: VirtualClock
) -> None:
    soon, late = (await write(li)).json()["id"], (await write(li)).json()["id"]
    async with published(field.db) as events:
        await li.post(f"/tasks/{soon}/done", json={"result": "They agree"})
        clock.advance(timedelta(days=3))
        await li.post(f"/tasks/{late}/done", json={"result": "They agree"})
    assert [told.is_late for told in events.payloads(wire.TaskDone)] == [False, True]
    again = await li.post(f"/tasks/{soon}/cancel", json={"reason": "Twice"})
    assert slug(again) == "task-settled"
    assert (await li.get(f"/tasks/{soon}")).json()["result"] == "They agree"


async def test_a_task_is_for_oneself_or_somebody_in_reach(
    li: Client, boss: Client, other_boss: Client
) -> None:
    assert (await write(li)).json()["owner_id"] == "li"
    assert (await write(boss, owner_id="li")).json()["owner_id"] == "li"
    for client in (li, other_boss):
        refused = await write(client, owner_id="han")
        assert refused.json()["errors"][0]["pointer"] == "/owner_id"
