"""Registrations through the HTTP door: protection, conflicts, rulings, extension, lapse."""

import asyncio
from datetime import timedelta
from typing import Any

from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from chassis.timers import Timers
from contracts import customers as customers_wire
from contracts import pipeline as wire
from contracts.values import CustomerId
from pipeline.due import TIMERS

PROJECT = {
    "customer_id": "customer-1",
    "project_name": "Phase III compressor",
    "product_line": "GTX",
}


async def registered(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post("/registrations", json=PROJECT | more)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def read(pipeline: Running, registration: dict[str, Any]) -> dict[str, Any]:
    answer = await pipeline.client.get(f"/registrations/{registration['id']}")
    shown: dict[str, Any] = answer.json()
    return shown


async def rule(client: Client, registration: dict[str, Any], **more: Any) -> Any:
    body = {"reason": "was there first"} | more
    return await client.post(f"/registrations/{registration['id']}/rule", json=body)


async def fire(pipeline: Running) -> int:
    return await Timers(pipeline.core, TIMERS).fire_due()


async def test_a_project_is_protected_for_ninety_days(pipeline: Running) -> None:
    registration = await registered(pipeline.as_("rep-1"))
    assert (registration["status"], registration["expires_on"]) == ("granted", "2026-05-31")


async def test_the_same_project_in_other_letters_is_a_conflict(pipeline: Running) -> None:
    first = await registered(pipeline.as_("rep-1"))
    async with published(pipeline.db) as events:
        second = await registered(
            pipeline.as_("rep-3"), project_name="phase-III  COMPRESSOR", product_line="gtx"
        )
    assert (second["status"], second["expires_on"]) == ("conflicted", None)
    assert second["conflicts_with"] == [first["id"]]
    assert events.types == ["registration.conflicted"]


async def test_another_line_or_customer_is_no_conflict(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    other_line = await registered(pipeline.as_("rep-3"), product_line="MG")
    other_customer = await registered(pipeline.as_("rep-3"), customer_id="customer-2")
    assert (other_line["status"], other_customer["status"]) == ("granted", "granted")


async def test_a_similar_project_is_granted_and_told(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    second = await registered(pipeline.as_("rep-3"), project_name="Phase III compressors, hall 2")
    assert second["status"] == "granted"
    assert second["similar"][0]["owner"] == {"id": "rep-1", "name": "Darcel Schlecht"}
    assert "project_name" not in second["similar"][0]


async def test_of_many_at_once_one_is_granted(pipeline: Running) -> None:
    reps = ["rep-1", "rep-2", "rep-3", "boss", "director"]
    made = await asyncio.gather(*(registered(pipeline.as_(rep)) for rep in reps))
    assert sorted(one["status"] for one in made) == ["conflicted"] * 4 + ["granted"]


async def test_a_check_says_whose_before_anything_is_registered(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    answer = await pipeline.as_("rep-3").post("/registrations/check", json=PROJECT)
    told = answer.json()
    assert told["is_conflict"]
    assert told["conflicts"][0]["owner"]["id"] == "rep-1"
    assert "project_name" not in told["conflicts"][0]


async def test_nobody_registers_the_same_twice(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    answer = await pipeline.as_("rep-1").post("/registrations", json=PROJECT)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/duplicate")


async def test_a_superior_of_both_grants_one_and_refuses_the_other(pipeline: Running) -> None:
    first = await registered(pipeline.as_("rep-1"))
    second = await registered(pipeline.as_("rep-2"))
    async with published(pipeline.db) as events:
        answer = await rule(pipeline.as_("boss", "supervisor"), second)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["expires_on"]) == ("granted", "2026-05-31")
    loser = await read(pipeline, first)
    assert (loser["status"], loser["ended_reason"]) == ("refused", "was there first")
    rulings = {one.registration_id: one for one in events.payloads(wire.RegistrationRuled)}
    assert rulings[first["id"]].against == [second["id"]]
    assert not rulings[first["id"]].is_granted


async def test_a_superior_of_one_side_only_cannot_rule(pipeline: Running) -> None:
    first = await registered(pipeline.as_("rep-1"))
    await registered(pipeline.as_("rep-3"))
    assert (await rule(pipeline.as_("boss", "supervisor"), first)).status_code == 404


async def test_nobody_rules_on_their_own(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    own = await registered(pipeline.as_("boss", "supervisor"))
    answer = await rule(pipeline.as_("boss", "supervisor"), own)
    assert answer.json()["type"].endswith("/ruled-by-oneself")


async def test_without_a_conflict_there_is_nothing_to_rule(pipeline: Running) -> None:
    only = await registered(pipeline.as_("rep-1"))
    answer = await rule(pipeline.as_("boss", "supervisor"), only)
    assert answer.json()["type"].endswith("/registration-settled")


async def test_protection_lapses_when_its_last_day_is_over(
    pipeline: Running, clock: VirtualClock
) -> None:
    registration = await registered(pipeline.as_("rep-1"))
    clock.advance(timedelta(days=90, hours=14))  # 23:00 in Shanghai on the last day
    assert await fire(pipeline) == 0
    clock.advance(timedelta(hours=1))
    assert await fire(pipeline) == 1
    assert (await read(pipeline, registration))["status"] == "lapsed"
    assert (await registered(pipeline.as_("rep-3")))["status"] == "granted"


async def test_whoever_waited_alone_has_it_when_the_first_ends(
    pipeline: Running, clock: VirtualClock
) -> None:
    first = await registered(pipeline.as_("rep-1"))
    second = await registered(pipeline.as_("rep-3"))
    path = f"/registrations/{first['id']}/release"
    await pipeline.as_("rep-1").post(path, json={"reason": "they buy elsewhere"})
    heir = await read(pipeline, second)
    assert (heir["status"], heir["expires_on"]) == ("granted", "2026-05-31")
    clock.advance(timedelta(days=91))
    assert await fire(pipeline) == 1
    assert (await read(pipeline, second))["status"] == "lapsed"


async def test_between_two_who_wait_a_ruling_is_still_needed(
    pipeline: Running, clock: VirtualClock
) -> None:
    await registered(pipeline.as_("rep-1"))
    waiting = [await registered(pipeline.as_(rep)) for rep in ("rep-2", "rep-3")]
    clock.advance(timedelta(days=91))
    await fire(pipeline)
    assert [(await read(pipeline, one))["status"] for one in waiting] == ["conflicted"] * 2


async def held_contact(pipeline: Running, customer_id: str = "customer-1") -> str:
    """A follow-up that took place: progress with this customer."""
    plan = {"customer_id": customer_id, "method": "phone"}
    at = pipeline.core.clock.now().isoformat()
    planned = await pipeline.as_("rep-1").post("/follow-ups", json=plan | {"at": at})
    identifier = planned.json()["id"]
    await pipeline.as_("rep-1").post(f"/follow-ups/{identifier}/done", json={"result": "talked"})
    return f"contact_held:{identifier}"


async def test_progress_extends_it_a_limited_number_of_times(
    pipeline: Running, clock: VirtualClock
) -> None:
    registration = await registered(pipeline.as_("rep-1"))
    path = f"/registrations/{registration['id']}/extend"
    rep = pipeline.as_("rep-1")
    bare = await rep.post(path, json={})
    assert bare.json()["type"].endswith("/extension-refused")
    for expected in ("2026-07-30", "2026-09-28"):
        clock.advance(timedelta(days=30))
        fact = await held_contact(pipeline)
        extended = await rep.post(path, json={"evidence": fact})
        assert extended.json()["expires_on"] == expected, extended.text
    clock.advance(timedelta(days=30))
    third = await rep.post(path, json={"evidence": await held_contact(pipeline)})
    assert third.json()["type"].endswith("/extension-refused")
    clock.advance(timedelta(days=60))  # past the first end, before the last
    assert await fire(pipeline) == 0


async def test_what_happened_before_is_no_progress(pipeline: Running, clock: VirtualClock) -> None:
    early = await held_contact(pipeline)
    clock.advance(timedelta(hours=1))
    registration = await registered(pipeline.as_("rep-1"))
    path = f"/registrations/{registration['id']}/extend"
    answer = await pipeline.as_("rep-1").post(path, json={"evidence": early})
    assert answer.json()["type"].endswith("/extension-refused")


async def test_a_superior_approves_an_extension(pipeline: Running) -> None:
    registration = await registered(pipeline.as_("rep-1"))
    path = f"/registrations/{registration['id']}/extend"
    answer = await pipeline.as_("boss", "supervisor").post(path, json={})
    assert answer.json()["extensions"][0]["approved_by"] == "boss"


async def test_a_dealer_is_registered_for_and_has_to_be_one(pipeline: Running) -> None:
    profile = customers_wire.CustomerProfile(name="Best Trade", kind="dealer")
    told = customers_wire.CustomerRegistered(customer_id=CustomerId("dealer-1"), profile=profile)
    await deliver(pipeline, told, subject="dealer-1")
    registration = await registered(pipeline.as_("rep-1"), dealer_id="dealer-1")
    assert registration["dealer_id"] == "dealer-1"
    answer = await pipeline.as_("rep-3").post(
        "/registrations", json=PROJECT | {"dealer_id": "customer-2"}
    )
    assert answer.json()["errors"][0]["pointer"] == "/dealer_id"


async def test_a_deal_shows_who_is_protected_at_its_customer(pipeline: Running) -> None:
    await registered(pipeline.as_("rep-1"))
    deal = await pipeline.as_("rep-3").post(
        "/opportunities", json={"name": "Compressor", "customer_id": "customer-1"}
    )
    answer = await pipeline.as_("rep-3").get(f"/opportunities/{deal.json()['id']}/protection")
    [shown] = answer.json()["items"]
    assert (shown["owner"]["id"], shown["is_of_this_owner"]) == ("rep-1", False)
    assert shown["expires_on"] == "2026-05-31"


async def test_the_policy_says_how_long(pipeline: Running) -> None:
    policy = await pipeline.client.get("/registration-policy")
    changed = await pipeline.client.patch(
        "/registration-policy",
        json={"protection_days": 30},
        headers={"If-Match": policy.headers["etag"]},
    )
    assert changed.status_code == 200
    assert (await registered(pipeline.as_("rep-1")))["expires_on"] == "2026-04-01"
