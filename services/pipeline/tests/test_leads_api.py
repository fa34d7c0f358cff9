"""Leads through the HTTP door: captured, given out, answered in time or not, done with."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from chassis.timers import Timers
from contracts import field
from contracts import pipeline as wire
from contracts.values import LeaveId, StaffId
from pipeline.due import TIMERS

HALF_AN_HOUR = timedelta(minutes=30)


def a_lead(name: str = "Hangzhou Hengtai Machinery", **more: Any) -> dict[str, Any]:
    contact = {"name": "Wang Wei", "phone": "138 0013 8000", "mail": "wang@hengtai.example"}
    return {"company": {"name": name, "region": "East"}, "contact": contact} | more


async def captured(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post("/leads", json=a_lead(**more))
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def a_rule(client: Client, **terms: Any) -> str:
    given = {"name": "All", "place": 1, "way": "round_robin", "staff_ids": ["rep-1", "rep-2"]}
    answer = await client.post("/lead-assignment-rules", json=given | terms)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def read(client: Client, lead_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.get(f"/leads/{lead_id}")).json()
    return shown


async def fire(pipeline: Running) -> int:
    return await Timers(pipeline.core, TIMERS).fire_due()


async def test_without_a_rule_a_lead_lies_in_the_pool_and_shows_nobody(pipeline: Running) -> None:
    lead = await captured(pipeline.client)
    assert (lead["status"], lead["owner_id"]) == ("new", None)
    [pooled] = (await pipeline.as_("rep-3").get("/lead-pool")).json()["items"]
    assert pooled["id"] == lead["id"]
    assert pooled.keys().isdisjoint({"contact", "need"})
    assert (await pipeline.as_("rep-3").get(f"/leads/{lead['id']}")).status_code == 404


async def test_people_are_in_no_event(pipeline: Running) -> None:
    async with published(pipeline.db) as events:
        lead = await captured(pipeline.client, need="asks for Wang Wei", owner_id="rep-1")
        changed = {"contact": {"phone": "139 1111 2222"}}
        answer = await pipeline.client.patch(
            f"/leads/{lead['id']}", json=changed, headers={"If-Match": '"2"'}
        )
    assert answer.status_code == 200, answer.text
    assert events.types == ["lead.captured", "lead.assigned", "lead.updated"]
    assert events.payloads(wire.LeadUpdated)[0].changed == ["contact.phone"]
    for event in events.documents:
        for personal in (b"Wang", b"138", b"139", b"hengtai.example"):
            assert personal not in event["value"]


async def test_an_answer_with_a_person_in_it_is_not_stored(pipeline: Running) -> None:
    key = {"Idempotency-Key": "one"}
    first = await pipeline.client.post("/leads", json=a_lead(), headers=key)
    again = await pipeline.client.post("/leads", json=a_lead(), headers=key)
    assert again.json() == first.json()
    assert again.json()["contact"]["name"] == "Wang Wei"
    async for answer in pipeline.db["answers"].find():
        assert "body" not in answer


async def test_round_robin_takes_turns(pipeline: Running) -> None:
    await a_rule(pipeline.client)
    owners = [
        (await captured(pipeline.client, name=name, contact={}))["owner_id"]
        for name in ("Alpha Pumps", "Beta Valves", "Gamma Tools")
    ]
    assert owners == ["rep-1", "rep-2", "rep-1"]


async def test_region_asks_the_people_of_the_leads_region(pipeline: Running) -> None:
    await a_rule(pipeline.client, way="region", staff_ids=["rep-1", "rep-3"])
    west = {"name": "Chengdu Pumps", "region": "West"}
    lead = await captured(pipeline.client, company=west)
    assert lead["owner_id"] == "rep-3"


async def test_load_asks_whoever_has_least_at_hand(pipeline: Running) -> None:
    await captured(pipeline.client, name="Alpha Pumps", contact={}, owner_id="rep-1")
    await a_rule(pipeline.client, way="load")
    assert (await captured(pipeline.client, name="Beta Valves"))["owner_id"] == "rep-2"


async def test_rules_are_asked_in_their_order_and_only_for_their_leads(pipeline: Running) -> None:
    await a_rule(pipeline.client, place=2, staff_ids=["rep-2"])
    await a_rule(pipeline.client, place=1, staff_ids=["rep-3"], temperatures=["hot"])
    hot = await captured(pipeline.client, name="Alpha Pumps", contact={}, temperature="hot")
    warm = await captured(pipeline.client, name="Beta Valves", contact={})
    assert (hot["owner_id"], warm["owner_id"]) == ("rep-3", "rep-2")


async def test_who_is_away_or_full_is_passed_over(pipeline: Running) -> None:
    await deliver(
        pipeline,
        field.LeaveGranted(
            leave_id=LeaveId("leave-1"),
            staff_id=StaffId("rep-1"),
            kind="annual",
            granted_by=StaffId("boss"),
            first_on=pipeline.core.clock.now().date(),
            last_on=pipeline.core.clock.now().date(),
        ),
        subject="leave-1",
    )
    await a_rule(pipeline.client, most_open=1)
    first = await captured(pipeline.client, name="Alpha Pumps", contact={})
    second = await captured(pipeline.client, name="Beta Valves", contact={})
    assert (first["owner_id"], second["status"]) == ("rep-2", "new")


async def test_a_known_customers_owner_gets_its_lead(pipeline: Running) -> None:
    await a_rule(pipeline.client, staff_ids=["rep-1"])
    lead = await captured(pipeline.client, company={"name": "Isdom Ltd."}, contact={})
    assert lead["owner_id"] == "rep-3"
    assert lead["likely_duplicates"][0]["owner"]["id"] == "rep-3"


async def test_a_lead_that_somebody_works_on_is_refused_with_its_owner(pipeline: Running) -> None:
    await captured(pipeline.client, owner_id="rep-1")
    again = a_lead("杭州恒泰", contact={"phone": "+86 13800138000"})
    answer = await pipeline.client.post("/leads", json=again)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("/duplicate")
    assert problem["owner"] == {"id": "rep-1", "name": "Darcel Schlecht"}
    assert "Hengtai" not in answer.text
    forced = await pipeline.client.post(
        "/leads", json=again | {"force": True, "reason": "another plant"}
    )
    assert forced.status_code == 201


async def test_check_duplicates_says_whose_and_not_what(pipeline: Running) -> None:
    await captured(pipeline.client, owner_id="rep-1")
    answer = await pipeline.as_("rep-3").post(
        "/leads/check-duplicates", json={"name": "Hangzhou Hengtai Machinery Co., Ltd."}
    )
    [candidate] = answer.json()["candidates"]
    assert candidate["owner"] == {"id": "rep-1", "name": "Darcel Schlecht"}
    assert set(candidate) == {"kind", "score", "reasons", "owner"}


async def test_a_hot_lead_lapses_after_30_working_minutes_and_goes_on(
    pipeline: Running, clock: VirtualClock
) -> None:
    await a_rule(pipeline.client)
    lead = await captured(pipeline.client, temperature="hot")
    assert lead["respond_by"] == "2026-03-02T01:30:00Z"
    clock.advance(HALF_AN_HOUR - timedelta(minutes=1))
    assert await fire(pipeline) == 0
    clock.advance(timedelta(minutes=1))
    async with published(pipeline.db) as events:
        assert await fire(pipeline) == 1
    assert events.types == ["lead.lapsed", "lead.assigned"]
    assert events.payloads(wire.LeadLapsed)[0].owner_id == "rep-1"
    assert (await read(pipeline.client, lead["id"]))["owner_id"] == "rep-2"


async def test_the_clock_stands_still_outside_working_hours(
    pipeline: Running, clock: VirtualClock
) -> None:
    clock.advance(timedelta(hours=8, minutes=50))  # ten minutes before six in the evening
    await a_rule(pipeline.client)
    hot = await captured(pipeline.client, temperature="hot")
    warm = await captured(pipeline.client, name="Beta Valves", contact={})
    assert hot["respond_by"] == "2026-03-03T01:20:00Z"
    assert warm["respond_by"] == "2026-03-03T05:50:00Z"


async def test_whoever_let_it_lapse_is_not_asked_again_and_at_last_it_is_the_pools(
    pipeline: Running, clock: VirtualClock
) -> None:
    await a_rule(pipeline.client)
    lead = await captured(pipeline.client, temperature="hot")
    for _ in range(2):
        clock.advance(HALF_AN_HOUR)
        await fire(pipeline)
    shown = await read(pipeline.client, lead["id"])
    assert (shown["status"], shown["owner_id"], shown["lapses"]) == ("new", None, 2)
    clock.advance(timedelta(days=3))
    assert await fire(pipeline) == 0


async def test_a_contact_stops_the_clock(pipeline: Running, clock: VirtualClock) -> None:
    lead = await captured(pipeline.client, temperature="hot", owner_id="rep-1")
    clock.advance(timedelta(minutes=20))
    async with published(pipeline.db) as events:
        answer = await pipeline.as_("rep-1").post(
            f"/leads/{lead['id']}/record-contact", json={"method": "phone", "result": "interested"}
        )
    assert answer.json()["status"] == "contacted"
    assert events.payloads(wire.LeadResponded)[0].working_minutes == 20
    clock.advance(timedelta(days=1))
    assert await fire(pipeline) == 0


async def test_the_policy_says_how_long(pipeline: Running) -> None:
    policy = await pipeline.client.get("/lead-policy")
    assert policy.json()["other_minutes"] == 240
    changed = await pipeline.client.patch(
        "/lead-policy", json={"hot_minutes": 15}, headers={"If-Match": policy.headers["etag"]}
    )
    assert changed.status_code == 200, changed.text
    lead = await captured(pipeline.client, temperature="hot", owner_id="rep-1")
    assert lead["respond_by"] == "2026-03-02T01:15:00Z"


async def test_of_two_who_claim_at_once_one_gets_it(pipeline: Running) -> None:
    lead = await captured(pipeline.client)
    path = f"/leads/{lead['id']}/claim"
    one, other = await asyncio.gather(
        pipeline.as_("rep-1").post(path), pipeline.as_("rep-3").post(path)
    )
    assert sorted([one.status_code, other.status_code]) == [200, 409]
    refused = one if one.status_code == 409 else other
    assert refused.json()["type"].endswith("/lead-taken")


async def test_given_back_it_lies_in_the_pool_and_its_clock_is_off(
    pipeline: Running, clock: VirtualClock
) -> None:
    lead = await captured(pipeline.client, owner_id="rep-1")
    await pipeline.as_("rep-1").post(f"/leads/{lead['id']}/give-back", json={"reason": "not mine"})
    clock.advance(timedelta(days=2))
    assert await fire(pipeline) == 0
    assert (await pipeline.as_("rep-2").get("/lead-pool")).json()["items"]


async def test_a_leavers_leads_are_given_to_others(pipeline: Running) -> None:
    await a_rule(pipeline.client, staff_ids=["rep-1", "rep-2"])
    lead = await captured(pipeline.client)
    assert lead["owner_id"] == "rep-1"
    profile = field.StaffProfile(name="Darcel Schlecht", team_id=None)
    left = field.StaffLeft(staff_id=StaffId("rep-1"), profile=profile, left_on=date(2026, 3, 2))
    await deliver(pipeline, left, subject="rep-1")
    assert await fire(pipeline) == 1
    assert (await read(pipeline.client, lead["id"]))["owner_id"] == "rep-2"


async def test_a_lead_becomes_a_deal_with_a_known_customer(pipeline: Running) -> None:
    lead = await captured(pipeline.client, owner_id="rep-1", campaign_id="fair-2026")
    wish = {"name": "Press line", "amount": {"amount": "500000.00"}}
    async with published(pipeline.db) as events:
        answer = await pipeline.as_("rep-1").post(
            f"/leads/{lead['id']}/qualify", json={"customer_id": "customer-1", "opportunity": wish}
        )
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["status"], shown["customer_id"]) == ("qualified", "customer-1")
    deal = (await pipeline.client.get(f"/opportunities/{shown['opportunity_id']}")).json()
    assert (deal["name"], deal["owner_id"], deal["customer_id"]) == (
        "Press line",
        "rep-1",
        "customer-1",
    )
    [qualified] = events.payloads(wire.LeadQualified)
    assert (qualified.campaign_id, qualified.is_new_customer) == ("fair-2026", False)


async def test_what_is_disqualified_can_be_reopened_and_starts_anew(
    pipeline: Running, clock: VirtualClock
) -> None:
    lead = await captured(pipeline.client, owner_id="rep-1")
    path = f"/leads/{lead['id']}"
    rep = pipeline.as_("rep-1")
    assert (await rep.post(f"{path}/disqualify", json={"reason": "a student"})).status_code == 200
    clock.advance(timedelta(days=1))
    assert await fire(pipeline) == 0
    refused = await rep.post(f"{path}/qualify", json={"customer_id": "customer-1"})
    assert refused.json()["type"].endswith("/lead-settled")
    reopened = (await rep.post(f"{path}/reopen")).json()
    assert (reopened["status"], reopened["owner_id"]) == ("assigned", "rep-1")
    assert reopened["respond_by"] == "2026-03-03T06:00:00Z"


async def test_an_erased_person_is_gone_for_good(pipeline: Running) -> None:
    lead = await captured(pipeline.client, owner_id="rep-1")
    card = await pipeline.as_("rep-1").get(f"/leads/{lead['id']}/contact-card")
    assert card.json()["name"] == "Wang Wei"
    answer = await pipeline.as_("rep-1").post(f"/leads/{lead['id']}/erase")
    assert answer.json()["contact"]["name"] is None
    assert await pipeline.db["lead_people"].count_documents({}) == 0
    changed = await pipeline.as_("rep-1").patch(
        f"/leads/{lead['id']}",
        json={"contact": {"name": "Again"}},
        headers={"If-Match": f'"{answer.json()["version"]}"'},
    )
    assert changed.status_code == 400


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"company": {"name": "X", "credit_code": "91330100MA27XF3K9A"}}, "/company/credit_code"),
        ({"company": {"name": "X"}, "contact": {"phone": "call me"}}, "/contact/phone"),
        ({"company": {"name": "X"}, "referrer": {"kind": "staff", "id": "x"}}, "/referrer/id"),
    ],
)
async def test_what_is_wrong_is_told_by_field(
    pipeline: Running, body: dict[str, Any], pointer: str
) -> None:
    answer = await pipeline.client.post("/leads", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
