"""What others tell: copies are kept, evidence comes and goes, records follow their owner."""

from typing import Any

import msgspec
import pytest
from chassis.testkit.running import Running, a_message, deliver, published, take
from contracts import customers, field
from contracts import pipeline as wire
from contracts.envelope import BY_PAYLOAD, Event


async def tell(
    running: Running, contract: type[Event], subject: str, sequence: int | None = None, **told: Any
) -> None:
    named = {f"{BY_PAYLOAD[contract].aggregate}_id": subject, "staff_id": "rep-1"} | told
    await deliver(running, msgspec.convert(named, contract), subject=subject, sequence=sequence)


@pytest.fixture
async def deal(pipeline: Running) -> dict[str, Any]:
    body = {"name": "A plant", "customer_id": "customer-1", "template": "project"}
    opened = await pipeline.as_("rep-1", "rep").post("/opportunities", json=body)
    found: dict[str, Any] = opened.json()
    return found


def a_visit(deal: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {
        "visit_id": "visit-1",
        "customer_id": "customer-1",
        "purpose": "new_development",
        "opportunity_ids": [deal["id"]] if deal else [],
        "contact_ids": ["buyer"],
        "starts_at": "2026-03-02T02:00:00Z",
    } | more


async def milestones(pipeline: Running, deal: dict[str, Any]) -> dict[str, str]:
    read = await pipeline.client.get(f"/opportunities/{deal['id']}")
    return {code: held["state"] for code, held in read.json()["milestones"].items()}


async def approve(pipeline: Running, *visits: dict[str, Any], **more: Any) -> None:
    plan = {"plan_id": "plan-1", "on": "2026-03-02", "visits": list(visits), "approved_by": "boss"}
    await tell(pipeline, field.VisitPlanApproved, "plan-1", **(plan | more))


async def test_plan_and_visit_prove_in_either_order(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await approve(pipeline, a_visit(deal))
    assert await milestones(pipeline, deal) == {"approved_plan": "proven"}
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal))
    assert await milestones(pipeline, deal) == {
        "approved_plan": "proven",
        "appointment": "proven",
    }


async def test_a_cancelled_visit_withdraws_its_appointment_and_its_approval(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal))
    await approve(pipeline, a_visit(deal))
    async with published(pipeline.db) as events:
        await tell(
            pipeline,
            field.VisitCancelled,
            "visit-1",
            customer_id="customer-1",
            opportunity_ids=[deal["id"]],
            reason="ill",
        )
    assert events.types == ["opportunity.milestone_invalidated"] * 2
    refused = await pipeline.client.post(f"/opportunities/{deal['id']}/advance", json={})
    assert [each["milestone"] for each in refused.json()["missing"]] == [
        "appointment",
        "approved_plan",
    ]
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal))
    assert (await milestones(pipeline, deal))["appointment"] == "proven"


async def test_a_visit_that_no_longer_names_the_deal_proves_nothing_for_it(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal))
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(None))
    assert await milestones(pipeline, deal) == {"appointment": "invalid"}


async def test_a_changed_plan_withdraws_what_it_left_out(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    other = a_visit(None, visit_id="visit-2")
    await approve(pipeline, a_visit(deal), other)
    await tell(
        pipeline,
        field.VisitPlanChanged,
        "plan-1",
        plan_id="plan-1",
        on="2026-03-02",
        visits=[other],
        previous=[a_visit(deal), other],
        changed_by="boss",
    )
    assert await milestones(pipeline, deal) == {"approved_plan": "invalid"}


async def test_a_rejected_plan_proves_nothing(pipeline: Running, deal: dict[str, Any]) -> None:
    await approve(pipeline, a_visit(deal))
    await tell(
        pipeline,
        field.VisitPlanRejected,
        "plan-1",
        plan_id="plan-1",
        on="2026-03-02",
        visits=[a_visit(deal)],
        rejected_by="boss",
        comment="no",
    )
    assert await milestones(pipeline, deal) == {"approved_plan": "invalid"}


async def test_an_unplanned_visit_counts_once_it_is_accepted(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal, is_unplanned=True))
    assert await milestones(pipeline, deal) == {}
    await tell(
        pipeline,
        field.VisitAccepted,
        "visit-1",
        customer_id="customer-1",
        opportunity_ids=[deal["id"]],
        accepted_by="boss",
    )
    assert await milestones(pipeline, deal) == {"approved_plan": "proven"}


async def survey(
    pipeline: Running, deal: dict[str, Any], *, is_phone: bool = False, who: str = "buyer"
) -> None:
    common: dict[str, Any] = {"customer_id": "customer-1", "opportunity_ids": [deal["id"]]}
    await tell(
        pipeline,
        field.VisitCheckedIn,
        "visit-1",
        at="2026-03-02T02:00:00Z",
        is_phone=is_phone,
        **common,
    )
    found = {
        "budget_range": "1M",
        "purchase_on": "2026-09-01",
        "purchase_method": "tender",
    }
    await tell(
        pipeline,
        field.VisitActionRecorded,
        "visit-1",
        action="survey",
        contact_ids=[who],
        survey=found,
        **common,
    )


async def test_a_survey_by_phone_is_a_contact_and_no_survey_on_the_spot(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await survey(pipeline, deal, is_phone=True)
    known = (await pipeline.client.get(f"/opportunities/{deal['id']}/evidence")).json()["items"]
    assert [fact["kind"] for fact in known] == ["contact_held"]


async def test_a_role_in_buying_that_is_learned_later_counts_at_the_next_move(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    await tell(pipeline, field.VisitPlanned, "visit-1", **a_visit(deal))
    await approve(pipeline, a_visit(deal))
    await survey(pipeline, deal, who="porter")
    assert "first_survey" not in await milestones(pipeline, deal)
    await tell(
        pipeline,
        customers.ContactUpdated,
        "porter",
        customer_id="customer-1",
        buying_role="gatekeeper",
        changed=["buying_role"],
    )
    moved = await pipeline.client.post(f"/opportunities/{deal['id']}/advance", json={"stage": 3})
    assert moved.json()["stage"]["number"] == 3, moved.text


async def test_an_erased_contact_can_be_named_no_more(pipeline: Running) -> None:
    await tell(
        pipeline,
        customers.ContactErased,
        "porter",
        customer_id="customer-1",
        erased_at="2026-03-02T01:00:00Z",
    )
    body = {
        "customer_id": "customer-1",
        "contact_ids": ["porter"],
        "at": "2026-03-03T01:00:00Z",
        "method": "phone",
        "owner_id": "rep-1",
    }
    refused = await pipeline.client.post("/follow-ups", json=body)
    assert refused.json()["errors"][0]["pointer"] == "/contact_ids/0"


async def test_evidence_that_comes_twice_has_one_effect(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    planned = msgspec.convert(a_visit(deal) | {"staff_id": "rep-1"}, field.VisitPlanned)
    message = a_message(planned, subject="visit-1", sequence=1)
    async with published(pipeline.db) as events:
        await take(pipeline, [message, message])
        await take(pipeline, [message])
    assert events.types == ["opportunity.milestone_proven"]


async def test_many_facts_of_one_slice_prove_in_one_unit_of_work(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    visits = [a_visit(deal, visit_id=f"visit-{number}") for number in range(5)]
    messages = [
        a_message(
            msgspec.convert(visit | {"staff_id": "rep-1"}, field.VisitPlanned),
            subject=str(visit["visit_id"]),
            sequence=1,
            key="customer-1",
        )
        for visit in visits
    ]
    async with published(pipeline.db) as events:
        await take(pipeline, messages)
    assert events.types == ["opportunity.milestone_proven"]
    known = (await pipeline.client.get(f"/opportunities/{deal['id']}/evidence")).json()["items"]
    assert len(known) == 5


async def test_records_follow_their_owner_into_another_team(
    pipeline: Running, deal: dict[str, Any]
) -> None:
    boss = pipeline.as_("boss", "supervisor")
    assert (await boss.get(f"/opportunities/{deal['id']}")).status_code == 200
    before = {"name": "Darcel Schlecht", "team_id": "team-1"}
    await tell(
        pipeline,
        field.StaffMoved,
        "rep-1",
        profile=before | {"team_id": "team-2"},
        previous=before,
    )
    assert (await boss.get(f"/opportunities/{deal['id']}")).status_code == 404
    async with published(pipeline.db) as events:
        await pipeline.client.post(f"/opportunities/{deal['id']}/lose", json={"reasons": ["price"]})
    assert events.documents[0]["headers"]["ce_team"] == "team-2"
    assert events.payloads(wire.OpportunityLost)[0].reasons == ["price"]


async def test_a_renamed_customer_keeps_what_is_known_of_it(pipeline: Running) -> None:
    profile = {"name": "Cancity Ltd", "owner_id": "rep-1"}
    await tell(
        pipeline,
        customers.CustomerUpdated,
        "customer-1",
        profile=profile,
        previous={"name": "Cancity"},
        changed=["name"],
    )
    await tell(
        pipeline,
        customers.CustomerOwnerChanged,
        "customer-1",
        owner_id="rep-2",
        previous_owner_id="rep-1",
    )
    copy = await pipeline.db["customer_copy"].find_one({"_id": "customer-1"})
    assert copy is not None
    assert (copy["name"], copy["owner_id"]) == ("Cancity Ltd", "rep-2")
