"""Approvals through the door: who is asked, what they may do, and what it proves."""

from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire

A_MATRIX: dict[str, Any] = {
    "kind": "bid_review",
    "rows": [
        {"asks": [{"line": 1}]},
        {"asks": [{"line": 2}], "amount_from": "500000"},
    ],
}


async def a_deal(client: Client, amount: str = "100000.00", **values: Any) -> str:
    body = {
        "name": "A deal",
        "customer_id": "customer-1",
        "template": "project",
        "amount": {"amount": amount, "currency": "CNY"},
    }
    answer = await client.post("/opportunities", json=body | values)
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def a_review(
    client: Client, deal: str | None = None, kind: str = "bid_review", **values: Any
) -> dict[str, Any]:
    body = {"kind": kind, "opportunity_id": deal or await a_deal(client)}
    answer = await client.post("/approvals", json=body | values)
    assert answer.status_code == 201, answer.text
    review: dict[str, Any] = answer.json()
    return review


def people(pipeline: Running) -> tuple[Client, Client, Client]:
    return (
        pipeline.as_("rep-1", "rep"),
        pipeline.as_("boss", "supervisor"),
        pipeline.as_("director", "director"),
    )


async def test_a_review_is_asked_of_the_direct_superior_and_proves_the_milestone(
    pipeline: Running,
) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep, note="please")
    assert review["waiting_for"] == "boss"
    async with published(pipeline.db) as events:
        answer = await boss.post(f"/approvals/{review['id']}/approve", json={"comment": "good"})
    assert answer.json()["status"] == "approved", answer.text
    assert events.types[0] == "approval.decided"
    [decided] = events.payloads(wire.ApprovalDecided)
    assert (decided.decided_by, decided.outcome) == ("boss", "approved")
    deal = (await rep.get(f"/opportunities/{review['paper']['id']}")).json()
    assert deal["milestones"]["bid_review"]["state"] == "proven"
