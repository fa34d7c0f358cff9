"""Facts and their withdrawals reach the service in any order; the deal ends up the same."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from chassis.testkit.running import Running, published
from chassis.work import Work
from contracts import pipeline as wire
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
KIND = "contact_held"


def a_fact(at: datetime, deal: str | None, number: int = 1) -> Evidence:
    return Evidence(
        id=f"{KIND}:visit-1",
        kind=KIND,
        event_id=f"visit:visit-1:{number}",
        at=at,
        customer_id="customer-1",
        opportunity_ids=[deal] if deal else [],
    )


async def open_deal(running: Running) -> dict[str, Any]:
    body = {"name": "A shop", "customer_id": "customer-1"}
    answer = await running.as_("rep-1", "rep").post("/opportunities", json=body)
    opened: dict[str, Any] = answer.json()
    return opened


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_withdrawal_may_overtake_its_fact(
    pipeline: Running, order: tuple[int, ...]
) -> None:
    """Held at nine, withdrawn at ten, withdrawn once more at eleven: it proves nothing."""
    deal = await open_deal(pipeline)

    async def noted(work: Work) -> None:
        await note_fact(work, a_fact(NINE, deal["id"]))

    async def withdrawn(work: Work, hours: int) -> None:
        at = NINE + timedelta(hours=hours)
        await withdraw_fact(work, f"{KIND}:visit-1", f"plan:1:{hours}", "cancelled", at=at)

    steps = [noted, lambda work: withdrawn(work, 1), lambda work: withdrawn(work, 2)]
    for place in order:
        await pipeline.commits.run(steps[place])
    read = await pipeline.as_("rep-1", "rep").get(f"/opportunities/{deal['id']}/gate")
    assert read.json()["milestones"][0]["state"] in {"missing", "invalid"}
    assert not read.json()["is_open"]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2)])
async def test_what_happened_after_the_withdrawal_stands(
    pipeline: Running, order: tuple[int, ...]
) -> None:
    """Held at nine, withdrawn at ten by another aggregate, held again at eleven."""
    deal = await open_deal(pipeline)

    async def held(work: Work, hours: int) -> None:
        await note_fact(work, a_fact(NINE + timedelta(hours=hours), deal["id"], 1 + hours))

    async def withdrawn(work: Work) -> None:
        at = NINE + timedelta(hours=1)
        await withdraw_fact(work, f"{KIND}:visit-1", "plan:1:2", "cancelled", at=at)

    steps = [lambda work: held(work, 0), withdrawn, lambda work: held(work, 2)]
    for place in order:
        await pipeline.commits.run(steps[place])
    read = await pipeline.as_("rep-1", "rep").get(f"/opportunities/{deal['id']}/gate")
    assert read.json()["is_open"]


async def test_a_linked_facts_withdrawal_flags_the_milestone_at_once(pipeline: Running) -> None:
    rep, deal = pipeline.as_("rep-1", "rep"), await open_deal(pipeline)
    await pipeline.commits.run(lambda work: note_fact(work, a_fact(NINE, None)))
    linked = {"evidence": [f"{KIND}:visit-1"]}
    await rep.post(f"/opportunities/{deal['id']}/link-evidence", json=linked)
    async with published(pipeline.db) as events:
        await pipeline.commits.run(
            lambda work: withdraw_fact(work, f"{KIND}:visit-1", "plan:1:2", "cancelled")
        )
    assert events.types == ["opportunity.milestone_invalidated"]
    assert events.payloads(wire.MilestoneInvalidated)[0].reason == "cancelled"
