"""Deals over HTTP on a real database: who may do what, what is told, what is kept."""

from datetime import timedelta
from typing import Any

import msgspec
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from contracts import field
from contracts import pipeline as wire
from contracts.envelope import Event
from httpx import Response
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")


async def open_deal(client: Client, **more: Any) -> dict[str, Any]:
    body = {"name": "A plant", "customer_id": "customer-1"} | more
    answer = await client.post("/opportunities", json=body)
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


async def do(client: Client, deal: dict[str, Any], verb: str, **body: Any) -> Response:
    return await client.post(f"/opportunities/{deal['id']}/{verb}", json=body)


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def tell(
    running: Running, contract: type[Event], subject: str, values: dict[str, Any]
) -> None:
    await deliver(running, msgspec.convert(values, contract), subject=subject)


async def meet(running: Running, deal: dict[str, Any], visit: str = "visit-1") -> None:
    """The field tells of a planned, approved and held visit with a survey."""
    now = running.core.clock.now()
    about = {
        "visit_id": visit,
        "staff_id": "rep-1",
        "customer_id": "customer-1",
        "opportunity_ids": [deal["id"]],
    }
    planned = about | {"purpose": "new_development", "starts_at": now, "contact_ids": ["buyer"]}
    await tell(running, field.VisitPlanned, visit, planned)
    plan = {"plan_id": "plan-1", "staff_id": "rep-1", "on": now.date(), "visits": [planned]}
    await tell(running, field.VisitPlanApproved, "plan-1", plan | {"approved_by": "boss"})
    await tell(running, field.VisitCheckedIn, visit, about | {"at": now})
    survey = {
        "need": "steam",
        "budget_range": "1-2M",
        "purchase_on": now.date(),
        "purchase_method": "tender",
    }
    met = {"action": "survey", "contact_ids": ["buyer"], "survey": survey}
    await tell(running, field.VisitActionRecorded, visit, about | met)


async def test_a_new_deal_is_the_callers_own(pipeline: Running) -> None:
    async with published(pipeline.db) as events:
        deal = await open_deal(pipeline.as_("rep-1", "rep"), amount={"amount": "12000.50"})
    assert (deal["owner_id"], deal["team_id"], deal["region"]) == ("rep-1", "team-1", "East")
    assert deal["amount"] == {"amount": "12000.50", "currency": "CNY"}
    assert (deal["template"], deal["stage"]["code"]) == ("standard", "contact")
    assert events.types == ["opportunity.opened"]
    opened = events.payloads(wire.OpportunityOpened)[0]
    assert opened.opened_on is not None
    assert opened.opened_on.isoformat() == "2026-03-02"
    assert events.documents[0]["key"] == "customer-1"


async def test_a_project_deal_moves_because_the_facts_exist(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    refused = await do(rep, deal, "advance")
    assert (refused.status_code, slug(refused)) == (409, "gate-closed")
    assert [each["milestone"] for each in refused.json()["missing"]] == [
        "appointment",
        "approved_plan",
    ]
    async with published(pipeline.db) as events:
        await meet(pipeline, deal)
    proven = {fact.milestone for fact in events.payloads(wire.MilestoneProven)}
    assert proven == {"appointment", "approved_plan", "first_survey", "needs"}
    assert len(events.types) == len(proven)
    moved = await do(rep, deal, "advance")
    assert moved.json()["stage"]["number"] == 2
    moved = await do(rep, deal, "advance")
    assert moved.json()["stage"]["number"] == 3
    proof = moved.json()["milestones"]["first_survey"]["proof"]
    assert proof == "visit:visit-1:3"


async def test_a_refused_move_changes_no_deal_and_is_kept_once(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    async with published(pipeline.db) as events:
        first = await do(rep, deal, "advance")
        again = await do(rep, deal, "advance")
    assert first.status_code == again.status_code == 409
    assert events.types == ["gate_refusal.recorded"]
    assert events.documents[0]["headers"]["ce_rightsof"] == f"opportunity:{deal['id']}"
    read = await rep.get(f"/opportunities/{deal['id']}")
    assert read.headers["ETag"] == '"1"'


async def test_the_gate_tells_what_would_prove_each_milestone(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    english = {"Accept-Language": "en"}
    gate = (await rep.get(f"/opportunities/{deal['id']}/gate", headers=english)).json()
    assert (gate["from_stage"], gate["to_stage"], gate["is_open"]) == (1, 2, False)
    assert gate["milestones"][0]["title"] == "An appointment"
    assert "agreed time" in gate["milestones"][0]["proof"]
    await meet(pipeline, deal)
    gate = (await rep.get(f"/opportunities/{deal['id']}/gate?to_stage=4")).json()
    states = {each["milestone"]: each["state"] for each in gate["milestones"]}
    assert states == {
        "appointment": "proven",
        "approved_plan": "proven",
        "first_survey": "proven",
        "proposal": "missing",
        "buyer_stage": "missing",
    }
    behind = await rep.get(f"/opportunities/{deal['id']}/gate?to_stage=1")
    assert behind.json()["errors"][0]["pointer"] == "/to_stage"


async def test_a_standard_deal_is_won_with_an_order_and_a_payment(pipeline: Running) -> None:
    rep, boss = pipeline.as_("rep-1", "rep"), pipeline.as_("boss", "supervisor")
    deal = await open_deal(rep, need="steam")
    lines = [{"product_id": GTX, "amount": {"amount": "4514.00"}}]
    order = await rep.post("/orders", json={"opportunity_id": deal["id"], "lines": lines})
    assert order.status_code == 201, order.text
    paid = await rep.post(
        "/payments", json={"order_id": order.json()["id"], "amount": {"amount": "4514.00"}}
    )
    assert paid.json()["opportunity_id"] == deal["id"]
    won = await do(rep, deal, "win", amount={"amount": "4514.00"})
    assert sorted(each["milestone"] for each in won.json()["missing"]) == ["held_contact", "quote"]
    own = await do(rep, deal, "waive", milestones=["quote", "held_contact"], reason="mine")
    assert own.status_code == 403
    waived = await do(boss, deal, "waive", milestones=["quote", "held_contact"], reason="known")
    assert waived.status_code == 200
    async with published(pipeline.db) as events:
        won = await do(rep, deal, "win", amount={"amount": "4514.00"})
    assert (won.json()["status"], won.json()["won_amount"]["amount"]) == ("won", "4514.00")
    assert events.payloads(wire.OpportunityWon)[0].customer_id == "customer-1"


async def test_rights_are_part_of_every_answer(pipeline: Running) -> None:
    deal = await open_deal(pipeline.as_("rep-1", "rep"))
    path = f"/opportunities/{deal['id']}"
    for who, roles, status in (
        ("rep-1", "rep", 200),
        ("rep-2", "rep", 404),
        ("rep-3", "rep", 404),
        ("boss", "supervisor", 200),
        ("director", "director", 200),
        ("rep-3", "supervisor", 404),
        ("rep-1", "nobody", 403),
    ):
        answer = await pipeline.as_(who, roles).get(path)
        assert answer.status_code == status, (who, roles)
        listed = await pipeline.as_(who, roles).get("/opportunities")
        if status != 403:
            assert len(listed.json()["items"]) == (1 if status == 200 else 0)
    other = await do(pipeline.as_("rep-2", "rep"), deal, "lose", reasons=["price"])
    assert other.status_code == 404


async def test_a_collaborator_sees_the_deal(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, collaborator_ids=["rep-3"])
    assert (await pipeline.as_("rep-3", "rep").get(f"/opportunities/{deal['id']}")).is_success
    changed = await rep.patch(
        f"/opportunities/{deal['id']}", json={"collaborator_ids": []}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200
    gone = await pipeline.as_("rep-3", "rep").get(f"/opportunities/{deal['id']}")
    assert gone.status_code == 404


async def test_changes_need_the_version_that_was_seen(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    path = f"/opportunities/{deal['id']}"
    blind = await rep.patch(path, json={"need": "steam"})
    assert slug(blind) == "precondition-required"
    async with published(pipeline.db) as events:
        changed = await rep.patch(path, json={"need": "steam"}, headers={"If-Match": '"1"'})
    assert changed.headers["ETag"] == '"3"'
    assert events.types == ["opportunity.updated", "opportunity.milestone_proven"]
    updated = events.payloads(wire.OpportunityUpdated)[0]
    assert (updated.changed, updated.previous.need, updated.terms.need) == (["need"], None, "steam")
    stale = await rep.patch(path, json={"need": "tea"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current_version"]) == (412, 3)


async def test_the_same_key_has_one_effect(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    key = {"Idempotency-Key": "one"}
    body = {"name": "A plant"}
    first = await rep.post("/opportunities", json=body, headers=key)
    again = await rep.post("/opportunities", json=body, headers=key)
    assert first.json() == again.json()
    other = await rep.post("/opportunities", json={"name": "B"}, headers=key)
    assert slug(other) == "idempotency-mismatch"
    assert await pipeline.db["opportunities"].count_documents({}) == 1


async def test_history_is_the_log_with_everything_before_and_after(pipeline: Running) -> None:
    rep, boss = pipeline.as_("rep-1", "rep"), pipeline.as_("boss", "supervisor")
    deal = await open_deal(rep)
    await do(rep, deal, "change-intent", intent="strong", reason="asked for an offer")
    await do(boss, deal, "change-owner", owner_id="rep-2")
    path = f"/opportunities/{deal['id']}/history"
    told = (await boss.get(path)).json()
    assert [line["type"].split(".")[2] for line in told["items"]] == [
        "opened",
        "intent_changed",
        "owner_changed",
    ]
    assert told["items"][1]["data"]["previous_intent"] == "none"
    assert told["items"][2]["actor"] == "staff:boss"
    paged = (await boss.get(f"{path}?limit=2")).json()
    assert (len(paged["items"]), paged["next_after"]) == (2, 2)
    rest = (await boss.get(f"{path}?after=2")).json()
    assert (len(rest["items"]), rest["next_after"]) == (1, None)


async def test_a_deal_is_handed_over_within_the_superiors_reach_only(pipeline: Running) -> None:
    deal = await open_deal(pipeline.as_("rep-1", "rep"))
    boss = pipeline.as_("boss", "supervisor")
    out_of_reach = await do(boss, deal, "change-owner", owner_id="rep-3")
    assert out_of_reach.json()["errors"][0]["pointer"] == "/owner_id"
    director = pipeline.as_("director", "director")
    handed = await do(director, deal, "change-owner", owner_id="rep-3")
    assert (handed.json()["team_id"], handed.json()["region"]) == ("team-2", "West")
    assert (await boss.get(f"/opportunities/{deal['id']}")).status_code == 404


async def test_lists_are_filtered_sorted_and_paged(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    for number in range(5):
        await open_deal(rep, name=f"Deal {number}", amount={"amount": f"{number * 10}"})
    lost = (await rep.get("/opportunities?sort=amount")).json()["items"][0]
    await do(rep, lost, "lose", reasons=["price"])
    first = (await rep.get("/opportunities?sort=-amount&status=open&limit=3")).json()
    assert [deal["name"] for deal in first["items"]] == ["Deal 4", "Deal 3", "Deal 2"]
    cursor = first["next_cursor"]
    second = (
        await rep.get(f"/opportunities?sort=-amount&status=open&limit=3&cursor={cursor}")
    ).json()
    assert [deal["name"] for deal in second["items"]] == ["Deal 1"]
    assert second["next_cursor"] is None
    assert (await rep.get("/opportunities?customer_id=customer-2")).json()["items"] == []


async def test_facts_that_name_only_the_customer_are_offered_and_linked(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    planned = await rep.post(
        "/follow-ups",
        json={
            "customer_id": "customer-1",
            "contact_ids": ["buyer"],
            "at": "2026-03-03T01:00:00Z",
            "method": "phone",
        },
    )
    await rep.post(f"/follow-ups/{planned.json()['id']}/done", json={"result": "interested"})
    path = f"/opportunities/{deal['id']}/evidence"
    seen = (await rep.get(path)).json()
    offered = [fact["id"] for fact in seen["offered"] if fact["kind"] == "contact_held"]
    assert (seen["items"], len(offered)) == ([], 1)
    async with published(pipeline.db) as events:
        linked = await do(rep, deal, "link-evidence", evidence=offered)
    assert linked.json()["milestones"]["held_contact"]["state"] == "proven"
    assert events.types == ["opportunity.evidence_linked", "opportunity.milestone_proven"]
    foreign = await do(rep, deal, "link-evidence", evidence=["contact_held:nothing"])
    assert foreign.json()["errors"][0]["pointer"] == "/evidence/0"


async def test_the_buyers_stage_is_set_by_a_fact(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    guessed = await do(rep, deal, "set-buyer-stage", buyer_stage=2, evidence="a feeling")
    assert guessed.json()["errors"][0]["pointer"] == "/evidence"
    await meet(pipeline, deal)
    facts = (await rep.get(f"/opportunities/{deal['id']}/evidence")).json()["items"]
    survey = next(fact["id"] for fact in facts if fact["kind"] == "survey_taken")
    async with published(pipeline.db) as events:
        told = await do(rep, deal, "set-buyer-stage", buyer_stage=2, evidence=survey)
    assert told.json()["buyer_stage"] == 2
    assert events.payloads(wire.BuyerStageChanged)[0].evidence == "visit:visit-1:3"


async def test_the_buyers_stage_may_rest_on_what_a_contact_said(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    await meet(pipeline, deal)
    facts = (await rep.get(f"/opportunities/{deal['id']}/evidence")).json()["items"]
    held = next(fact["id"] for fact in facts if fact["kind"] == "contact_held")
    absent = {"contact_id": "porter", "text": "the budget is there"}
    refused = await do(rep, deal, "set-buyer-stage", buyer_stage=3, evidence=held, statement=absent)
    assert refused.json()["errors"][0]["pointer"] == "/statement/contact_id"
    async with published(pipeline.db) as events:
        told = await do(
            rep,
            deal,
            "set-buyer-stage",
            buyer_stage=3,
            evidence=held,
            statement=absent | {"contact_id": "buyer"},
        )
    assert (told.json()["misalignment"], told.json()["is_misaligned"]) == (-2, True)
    said = events.payloads(wire.BuyerStageChanged)[0]
    assert (said.said_by, said.statement) == ("buyer", "the budget is there")
    assert events.payloads(wire.MisalignmentChanged)[0].misalignment == -2


async def test_the_fact_behind_the_buyers_stage_may_be_withdrawn(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, template="project")
    await meet(pipeline, deal)
    evidence = "appointment_made:visit-1"
    await do(rep, deal, "set-buyer-stage", buyer_stage=2, evidence=evidence)
    about = {"staff_id": "rep-1", "customer_id": "customer-1", "opportunity_ids": [deal["id"]]}
    cancelled = about | {"visit_id": "visit-1", "reason": "ill"}
    async with published(pipeline.db) as events:
        await tell(pipeline, field.VisitCancelled, "visit-1", cancelled)
    assert events.payloads(wire.BuyerStageDoubted)[0].buyer_stage == 2
    read = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert (read["buyer_stage"], read["buyer_stage_doubt"]) == (2, "the visit was cancelled")


async def test_moves_that_a_phone_had_queued_are_judged_when_they_arrive(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    ready, closed = await open_deal(rep, template="project"), await open_deal(rep)
    await meet(pipeline, ready)
    items = [
        {"id": ready["id"], "command_id": "phone-1"},
        {"id": closed["id"], "command_id": "phone-2"},
        {"id": "nothing", "command_id": "phone-3"},
        {"id": ready["id"], "stage": 9, "command_id": "phone-4", "more": 1},
    ]
    answer = await rep.post("/opportunities/batch-advance", json={"items": items})
    told = answer.json()["items"]
    assert [item["status"] for item in told] == [200, 409, 404, 400]
    assert told[0]["resource"]["stage"]["number"] == 2
    assert told[1]["problem"]["missing"][0]["milestone"] == "held_contact"
    again = await rep.post("/opportunities/batch-advance", json={"items": items[:2]})
    assert again.json()["items"] == told[:2]
    read = (await rep.get(f"/opportunities/{ready['id']}")).json()
    assert read["stage"]["number"] == 2
    kept = pipeline.db["answers"].find({"expires_at": {"$exists": False}})
    assert len([one async for one in kept]) == 3  # a move to nothing is no rule's refusal
    other = [{"id": closed["id"], "command_id": "phone-1"}]
    reused = await rep.post("/opportunities/batch-advance", json={"items": other})
    assert reused.json()["items"][0]["problem"]["type"] == "/problems/idempotency-mismatch"


async def test_parked_deals_wake_again(pipeline: Running, clock: VirtualClock) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    past = await do(rep, deal, "park", wake_on="2026-03-02")
    assert past.json()["errors"][0]["pointer"] == "/wake_on"
    parked = await do(rep, deal, "park", wake_on="2026-06-01", reason="budget next year")
    assert parked.json()["is_parked"]
    clock.advance(timedelta(days=90))
    assert not (await do(rep, deal, "wake")).json()["is_parked"]


async def test_lost_deals_are_reopened_while_it_is_not_too_late(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    lost = await do(rep, deal, "lose", reasons=["price"], winner="Other")
    assert lost.json()["lost_reasons"] == ["price"]
    assert slug(await do(rep, deal, "lose", reasons=["price"])) == "opportunity-closed"
    assert (await do(rep, deal, "reopen", reason="came back")).json()["status"] == "open"
    await do(rep, deal, "lose", reasons=["no_decision"])
    clock.advance(timedelta(days=181))
    assert slug(await do(rep, deal, "reopen", reason="again")) == "move-not-allowed"


async def test_a_batch_is_judged_item_by_item(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    items = [{"name": "Good"}, {"name": ""}, {"name": "Foreign", "customer_id": "nobody"}]
    answer = await rep.post("/opportunities/batch", json={"items": items})
    told = answer.json()["items"]
    assert [item["status"] for item in told] == [201, 400, 400]
    assert told[0]["position"].startswith("opportunity:")


async def test_history_needs_its_own_right_and_comes_once(pipeline: Running) -> None:
    past = {
        "name": "Old plant",
        "customer_id": "customer-1",
        "owner_id": "rep-1",
        "history": True,
        "external_id": "X-1",
        "opened_on": "2020-01-01",
        "status": "won",
        "closed_on": "2020-06-01",
        "won_amount": {"amount": "100.00"},
    }
    async with published(pipeline.db) as events:
        taken = await pipeline.client.post("/opportunities", json=past)
    assert taken.status_code == 201, taken.text
    assert (taken.json()["status"], taken.json()["origin"]) == ("won", "import")
    assert events.types == ["opportunity.opened", "opportunity.won"]
    assert events.documents[1]["headers"]["ce_occurredat"] == "2020-05-31T16:00:00.000Z"
    again = await pipeline.client.post("/opportunities", json=past)
    assert slug(again) == "duplicate"
