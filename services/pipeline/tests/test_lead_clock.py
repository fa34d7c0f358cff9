"""Any sequence of what people do and time does: a first response lapses at most once, and in time.

On the real service and its timers, two processes of them, since that is where it could go wrong.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Running, deliver, service
from chassis.timers import Timers
from contracts import customers, field
from contracts.values import CustomerId, StaffId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline.due import TIMERS
from pipeline.main import create_app

REPS = ["rep-1", "rep-2", "rep-3"]
STARTS = "lead.assigned"
STOPS = {"lead.responded", "lead.returned", "lead.disqualified", "lead.qualified", "lead.lapsed"}
COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "contact": ("record-contact", {"method": "phone", "result": "talked"}),
    "give back": ("give-back", {"reason": "not mine"}),
    "claim": ("claim", {}),
    "assign": ("assign", {"owner_id": "rep-2"}),
    "assign by rule": ("assign", {}),
    "disqualify": ("disqualify", {"reason": "a student"}),
    "reopen": ("reopen", {}),
    "qualify": ("qualify", {"customer_id": "customer-1"}),
}
steps = st.one_of(
    st.sampled_from(sorted(COMMANDS)),
    st.sampled_from(["fire", "fire twice at once", "make it hot", "make it cold"]),
    st.integers(1, 400),
)


@pytest.fixture(scope="module")
async def ticking(mongodb_uri: str) -> AsyncIterator[tuple[Running, VirtualClock]]:
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    async with service(create_app, mongodb_uri, clock=clock) as running:
        for one in (*REPS, "director"):
            joined = field.StaffJoined(
                staff_id=StaffId(one), profile=field.StaffProfile(name=one, team_id=None)
            )
            await deliver(running, joined, subject=one)
        known = customers.CustomerRegistered(
            customer_id=CustomerId("customer-1"), profile=customers.CustomerProfile(name="Cancity")
        )
        await deliver(running, known, subject="customer-1")
        rule = {"name": "All", "place": 1, "way": "round_robin"}
        people = {"staff_ids": REPS}
        answer = await running.client.post("/lead-assignment-rules", json=rule | people)
        assert answer.status_code == 201
        yield running, clock


async def fire(running: Running, processes: int = 1) -> None:
    await asyncio.gather(
        *(Timers(running.core, TIMERS).fire_due() for _ in range(processes)),
    )


async def take_step(running: Running, clock: VirtualClock, lead: str, step: str | int) -> None:
    path = f"/leads/{lead}"
    client = running.as_("director", "director")
    if isinstance(step, int):
        clock.advance(timedelta(minutes=step))
    elif step.startswith("fire"):
        await fire(running, 2 if step.endswith("at once") else 1)
    elif step.startswith("make it"):
        etag = (await client.get(path)).headers["etag"]
        temperature = {"temperature": step.rpartition(" ")[2]}
        await client.patch(path, json=temperature, headers={"If-Match": etag})
    else:
        verb, body = COMMANDS[step]
        answer = await client.post(f"{path}/{verb}", json=body)
        assert answer.status_code in {200, 409}, answer.text


async def told(running: Running, lead: str) -> list[tuple[str, datetime, dict[str, Any]]]:
    """What happened to it, in order: short name, when it was recorded, payload."""
    events = running.db["events"].find({"aggregate": f"lead:{lead}"}).sort("seq", 1)
    return [
        (
            one["type"].removeprefix("tianlong.").removesuffix(".v1"),
            one["recorded_at"],
            msgspec.json.decode(one["value"]),
        )
        async for one in events
    ]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(taken=st.lists(steps, min_size=3, max_size=14))
async def test_a_clock_fires_at_most_once_and_never_after_a_response(
    ticking: tuple[Running, VirtualClock], taken: list[str | int]
) -> None:
    running, clock = ticking
    given_out = await running.client.post(
        "/leads",
        json={"company": {"name": "Hengtai"}, "temperature": "hot", "force": True, "reason": "x"},
    )
    lead = given_out.json()["id"]
    for step in taken:
        await take_step(running, clock, lead, step)
    # Whatever clock still runs ends: with everybody silent the lead comes to lie in the pool.
    for _ in range(5):
        clock.advance(timedelta(days=4))
        await fire(running)

    runs, lapses = False, 0
    for kind, recorded_at, data in await told(running, lead):
        if kind == "lead.lapsed":
            assert runs, "it lapsed though nobody's clock ran"
            assert recorded_at >= datetime.fromisoformat(data["respond_by"])
            lapses += 1
            assert data["lapses"] == lapses
        if kind in STOPS:
            runs = False
        elif kind == STARTS:
            runs = True
    assert not runs, "a clock that started never ended"
    shown = (await running.client.get(f"/leads/{lead}")).json()
    assert shown["respond_by"] is None
