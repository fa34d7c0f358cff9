"""The doors of plans and visits: a rep's day as a person would do it, and what is refused."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, published
from contracts import customers as customer_wire
from contracts import field as wire
from contracts.values import ContactId, CustomerId, StaffId
from field.main import create_app
from field.settings import Settings
from field.visits.closing import DayClosing

TODAY, TOMORROW = "2026-03-02", "2026-03-03"
HERE = {"latitude": 31.2304, "longitude": 121.4737}


def fix_at(clock: VirtualClock, **position: float) -> dict[str, Any]:
    return {
        "position": HERE | position,
        "accuracy_metres": 12,
        "measured_at": clock.now().isoformat(),
    }


async def a_plan(client: Client, on: str = TODAY, **line: Any) -> dict[str, Any]:
    body = {"on": on, "customers": [{"customer_id": "acme", "purpose": "service"} | line]}
    answer = await client.post("/visit-plans", json=body)
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def done(client: Client, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def a_submitted_plan(client: Client, on: str = TODAY, **line: Any) -> dict[str, Any]:
    plan = await a_plan(client, on, **line)
    return await done(client, f"/visit-plans/{plan['id']}/submit")


async def a_begun_visit(client: Client, clock: VirtualClock, **line: Any) -> str:
    plan = await a_submitted_plan(client, **line)
    visit_id: str = plan["customers"][0]["visit_id"]
    await done(client, f"/visits/{visit_id}/check-in", fix=fix_at(clock))
    return visit_id


def if_match(resource: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{resource["version"]}"'}


# A day


async def test_a_day_from_plan_to_check_out(
    field: Running, clock: VirtualClock, li: Client, boss: Client
) -> None:
    async with published(field.db) as events:
        plan = await a_plan(
            li,
            purpose="new_development",
            opportunity_ids=["deal"],
            contact_ids=["zhou"],
            times={"starts_at": "2026-03-02T10:00:00+08:00"},
        )
        assert plan["is_late"] is True
        assert plan["customers"][0]["customer_name"] == "Acme"
        await done(li, f"/visit-plans/{plan['id']}/submit")
        approved = await done(boss, f"/visit-plans/{plan['id']}/approve", comment="去吧")
        assert approved["approval"]["who_name"] == "Boss"
        assert approved["approval"]["decision"] == "approved"
        visit = f"/visits/{plan['customers'][0]['visit_id']}"
        clock.advance(timedelta(minutes=65))
        begun = await done(
            li,
            f"{visit}/check-in",
            device_at=clock.now().isoformat(),
            fix=fix_at(clock),
        )
        assert begun["check_in"]["is_inside_fence"] is True
        assert begun["check_in"]["minutes_late"] == 5
        assert begun["check_in"]["plan_status"] == "approved"
        await done(
            li,
            f"{visit}/actions",
            action="survey",
            contact_ids=["zhou"],
            survey={
                "need": "第二条产线",
                "budget_range": "100万-200万",
                "purchase_on": "2026-09-30",
                "purchase_method": "招标",
            },
        )
        clock.advance(timedelta(minutes=40))
        ended = await done(
            li,
            f"{visit}/check-out",
            outcome="同意试用",
            next_step="送样",
            next_step_on="2026-03-05",
        )
        assert ended["check_out"]["minutes"] == 40
    assert events.types == [
        "visit_plan.drafted",
        "visit_plan.submitted",
        "visit.planned",
        "visit_plan.approved",
        "visit.checked_in",
        "visit.action_recorded",
        "visit.checked_out",
    ]
    [planned] = events.payloads(wire.VisitPlanned)
    assert (planned.opportunity_ids, planned.contact_ids) == (["deal"], ["zhou"])
    [recorded] = events.payloads(wire.VisitActionRecorded)
    assert recorded.opportunity_ids == ["deal"]
    assert recorded.survey is not None
    assert recorded.survey.purchase_on == date(2026, 9, 30)
    [checked_in] = events.payloads(wire.VisitCheckedIn)
    assert checked_in.fix_status == "fresh"
    visits = [one for one in events.documents if one["aggregate"].startswith("visit:")]
    assert {one["key"] for one in visits} == {"acme"}
    assert {one["headers"]["ce_team"] for one in visits} == {"east"}


async def test_lists_are_narrowed_by_day_person_customer_and_status(
    li: Client, boss: Client
) -> None:
    plan = await a_submitted_plan(li)
    for params, count in (
        ({"on": TODAY}, 1),
        ({"on": TOMORROW}, 0),
        ({"staff_id": "li"}, 1),
        ({"staff_id": "han"}, 0),
        ({"customer_id": "acme"}, 1),
        ({"customer_id": "initech"}, 0),
        ({"status": "planned"}, 1),
        ({"status": "missed"}, 0),
        ({"plan_id": plan["id"]}, 1),
    ):
        found = (await boss.get("/visits", params=params)).json()["items"]
        assert len(found) == count, params
    plans = (await boss.get("/visit-plans", params={"on": TODAY, "status": "submitted"})).json()
    assert [one["id"] for one in plans["items"]] == [plan["id"]]


# Plans


async def test_only_a_superior_decides(
    li: Client, han: Client, boss: Client, other_boss: Client
) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visit-plans/{plan['id']}/approve"
    assert (await li.post(path)).status_code == 403
    assert (await han.post(path)).status_code == 403
    assert (await other_boss.post(path)).status_code == 404
    assert (await boss.post(path)).status_code == 200


async def test_nobody_decides_on_their_own_plan(boss: Client) -> None:
    plan = await a_submitted_plan(boss)
    answer = await boss.post(f"/visit-plans/{plan['id']}/approve")
    assert answer.status_code == 403


async def test_many_plans_are_approved_at_once_and_fail_one_by_one(
    field: Running, li: Client, han: Client, boss: Client
) -> None:
    ids = [(await a_submitted_plan(client, TOMORROW))["id"] for client in (li, han)]
    draft = await a_plan(li, TOMORROW)
    foreign = await a_submitted_plan(field.as_("wang", "rep"), TOMORROW)
    wanted = [*ids, draft["id"], foreign["id"], "nothing"]
    answer = await boss.post("/visit-plans/approve", json={"ids": wanted})
    items = answer.json()["items"]
    assert [item["status"] for item in items] == [200, 200, 409, 404, 404]
    assert items[0]["resource"]["status"] == "approved"


async def test_a_rejected_plan_takes_its_visits_along_and_comes_back(
    field: Running, li: Client, boss: Client
) -> None:
    plan = await a_submitted_plan(li, TOMORROW)
    visit_id = plan["customers"][0]["visit_id"]
    async with published(field.db) as events:
        assert (await boss.post(f"/visit-plans/{plan['id']}/reject", json={})).status_code == 400
        rejected = await done(boss, f"/visit-plans/{plan['id']}/reject", comment="先去大客户")
    assert sorted(events.types) == ["visit.cancelled", "visit_plan.rejected"]
    assert (await li.get(f"/visits/{visit_id}")).json()["status"] == "cancelled"
    revised = await li.patch(
        f"/visit-plans/{plan['id']}",
        json={"customers": [{"customer_id": "initech", "purpose": "order"}]},
        headers=if_match(rejected),
    )
    assert revised.json()["status"] == "draft"
    again = await done(li, f"/visit-plans/{plan['id']}/submit")
    assert again["customers"][0]["visit_id"] != visit_id


async def test_a_changed_plan_keeps_adds_and_calls_off_visits(
    field: Running, li: Client, boss: Client
) -> None:
    body = {
        "on": TOMORROW,
        "customers": [
            {"customer_id": "acme", "purpose": "service"},
            {"customer_id": "initech", "purpose": "order"},
        ],
    }
    plan = (await li.post("/visit-plans", json=body)).json()
    await done(li, f"/visit-plans/{plan['id']}/submit")
    kept, dropped = (line["visit_id"] for line in plan["customers"])
    async with published(field.db) as events:
        changed = await done(
            boss,
            f"/visit-plans/{plan['id']}/change",
            customers=[
                {"customer_id": "acme", "purpose": "collection", "visit_id": kept},
                {"customer_id": "acme", "purpose": "service"},
            ],
        )
    assert changed["approval"]["decision"] == "changed"
    assert sorted(events.types) == [
        "visit.cancelled",
        "visit.planned",
        "visit.planned",
        "visit_plan.approved",
        "visit_plan.changed",
    ]
    assert (await li.get(f"/visits/{kept}")).json()["purpose"] == "collection"
    assert (await li.get(f"/visits/{dropped}")).json()["status"] == "cancelled"


async def test_a_change_cannot_reach_into_another_plan(
    field: Running, li: Client, han: Client, boss: Client
) -> None:
    one, other = await a_submitted_plan(li, TOMORROW), await a_submitted_plan(han, TOMORROW)
    foreign, own = (plan["customers"][0]["visit_id"] for plan in (other, one))
    line = {"customer_id": "acme", "purpose": "collection"}
    for lines in ([line | {"visit_id": foreign}], [line | {"visit_id": own}] * 2):
        answer = await boss.post(f"/visit-plans/{one['id']}/change", json={"customers": lines})
        assert answer.status_code == 400
    assert (await han.get(f"/visits/{foreign}")).json()["purpose"] == "service"


async def test_an_undecided_plan_may_proceed_marked_and_is_the_superiors_lapse(
    clock: VirtualClock, li: Client, boss: Client
) -> None:
    plan = await a_submitted_plan(li, TOMORROW)
    clock.advance(timedelta(days=1, hours=1))
    shown = (await boss.get(f"/visit-plans/{plan['id']}")).json()
    assert shown["is_lapsed"] is True
    visit_id = plan["customers"][0]["visit_id"]
    begun = await done(li, f"/visits/{visit_id}/check-in", fix=fix_at(clock))
    assert begun["check_in"]["plan_status"] == "unreviewed"


async def test_two_superiors_cannot_both_decide(field: Running, li: Client, boss: Client) -> None:
    plan = await a_submitted_plan(li)
    director = field.as_("director", "director")
    answers = await asyncio.gather(
        boss.post(f"/visit-plans/{plan['id']}/approve"),
        director.post(f"/visit-plans/{plan['id']}/reject", json={"comment": "no"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


# Visits


async def test_an_unplanned_visit_is_marked_and_can_be_accepted(
    field: Running, clock: VirtualClock, li: Client, boss: Client
) -> None:
    body = {"customer_id": "acme", "purpose": "complaint"}
    made = await li.post("/visits", json=body)
    assert made.status_code == 201
    visit = made.json()
    assert visit["is_unplanned"] is True
    async with published(field.db) as events:
        begun = await done(li, f"/visits/{visit['id']}/check-in", fix=fix_at(clock))
        assert begun["check_in"]["plan_status"] == "none"
        assert (await li.post(f"/visits/{visit['id']}/accept")).status_code == 403
        await done(boss, f"/visits/{visit['id']}/accept")
    assert events.types == ["visit.checked_in", "visit.accepted"]


async def test_outside_the_fence_is_told_in_metres_and_passes_with_a_reason(
    clock: VirtualClock, li: Client
) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visits/{plan['customers'][0]['visit_id']}/check-in"
    far = fix_at(clock, latitude=31.24)
    refused = await li.post(path, json={"fix": far})
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/outside-fence"
    assert 1000 < refused.json()["distance_metres"] < 1200
    passed = await done(li, path, fix=far, outside_reason="在展会见面")
    assert passed["check_in"]["is_inside_fence"] is False


async def test_what_happened_at_a_visit_is_said_by_its_rep_only(
    clock: VirtualClock, li: Client, han: Client, boss: Client
) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visits/{plan['customers'][0]['visit_id']}"
    assert (await han.post(f"{path}/check-in", json={})).status_code == 404
    assert (await boss.post(f"{path}/check-in", json={})).status_code == 403
    assert (await boss.get(path)).status_code == 200


async def test_the_same_check_in_twice_has_one_effect(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visits/{plan['customers'][0]['visit_id']}/check-in"
    body, headers = {"fix": fix_at(clock)}, {"Idempotency-Key": "phone-1"}
    async with published(field.db) as events:
        answers = await asyncio.gather(
            *(li.post(path, json=body, headers=headers) for _ in range(3))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert events.types == ["visit.checked_in"]
    other = await li.post(path, json=body | {"outside_reason": "x"}, headers=headers)
    assert other.status_code == 422


async def test_a_demonstration_names_who_was_there_and_how_they_stood(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    visit_id = await a_begun_visit(li, clock)
    path = f"/visits/{visit_id}/actions"
    refused = await li.post(
        path, json={"action": "demonstration", "attendees": [{"contact_id": "zhou"}]}
    )
    assert refused.json()["errors"][0]["pointer"] == "/attendees/0/stance"
    async with published(field.db) as events:
        await done(
            li, path, action="demonstration", attendees=[{"contact_id": "zhou", "stance": 1}]
        )
    [recorded] = events.payloads(wire.VisitActionRecorded)
    assert recorded.attendees == [wire.Attendee(contact_id=ContactId("zhou"), stance=1)]


async def test_a_missed_visit_says_why(field: Running, li: Client) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visits/{plan['customers'][0]['visit_id']}/miss"
    async with published(field.db) as events:
        await done(li, path, reason="客户临时出差")
    [missed] = events.payloads(wire.VisitMissed)
    assert (missed.on, missed.reason) == (date(2026, 3, 2), "客户临时出差")


async def test_days_gone_by_are_settled_by_rule(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    begun = await a_begun_visit(li, clock)
    clock.advance(timedelta(minutes=15))
    await done(li, f"/visits/{begun}/actions", action="complaint", note="锈")
    never = (await a_submitted_plan(li))["customers"][0]["visit_id"]
    closing = DayClosing(field.commits, field.core.settings, Settings().policy)
    assert await closing.settle() == 0
    clock.set(datetime.fromisoformat("2026-03-03T02:30:00+08:00"))
    async with published(field.db) as events:
        assert await closing.settle() == 2
        assert await closing.settle() == 0
    [out] = events.payloads(wire.VisitCheckedOut)
    assert (out.is_closed_by_rule, out.minutes) == (True, 15)
    [missed] = events.payloads(wire.VisitMissed)
    assert (missed.visit_id, missed.reason) == (never, None)


async def test_visits_follow_a_rep_who_moves(field: Running, li: Client, boss: Client) -> None:
    joined = await field.client.post(
        "/staff", json={"name": "Mei", "joined_on": "2026-01-01", "roles": ["rep"]}
    )
    person = joined.json()
    mei = field.as_(person["id"], "rep")
    plan = await a_submitted_plan(mei)
    assert (await boss.get(f"/visit-plans/{plan['id']}")).status_code == 404
    company = await field.client.post("/teams", json={"name": "Acme", "kind": "company"})
    team = await field.client.post(
        "/teams", json={"name": "East 2", "parent_id": company.json()["id"], "leader_id": "boss"}
    )
    moved = await field.client.post(
        f"/staff/{person['id']}/move", json={"team_id": team.json()["id"]}
    )
    assert moved.status_code == 200
    field.core.tree.forget()
    assert (await boss.get(f"/visit-plans/{plan['id']}")).status_code == 200


# Copies of customers


async def test_an_erased_contact_cannot_be_met_any_more(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    visit_id = await a_begun_visit(li, clock)
    await deliver(
        field,
        customer_wire.ContactErased(
            contact_id=ContactId("zhou"), customer_id=CustomerId("acme"), erased_at=clock.now()
        ),
        subject="zhou",
    )
    answer = await li.post(
        f"/visits/{visit_id}/actions",
        json={"action": "interview", "contact_ids": ["zhou"], "note": "x"},
    )
    assert answer.json()["errors"][0]["pointer"] == "/contact_ids/0"


async def test_a_customer_that_got_a_place_gets_a_fence(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    profile = customer_wire.CustomerProfile(
        name="Initech", positions=[customer_wire.Position(latitude=39.9, longitude=116.4)]
    )
    await deliver(
        field,
        customer_wire.CustomerUpdated(
            customer_id=CustomerId("initech"),
            profile=profile,
            previous=customer_wire.CustomerProfile(name="Initech"),
            changed=["addresses"],
        ),
        subject="initech",
    )
    await deliver(
        field,
        customer_wire.CustomerOwnerChanged(
            customer_id=CustomerId("initech"), owner_id=StaffId("li"), previous_owner_id=None
        ),
        subject="initech",
    )
    plan = await a_submitted_plan(li, customer_id="initech")
    path = f"/visits/{plan['customers'][0]['visit_id']}/check-in"
    assert (await li.post(path, json={"fix": fix_at(clock)})).status_code == 409


# Bad input


async def test_bad_input_is_told_by_field_and_changes_nothing(field: Running, li: Client) -> None:
    line = {"customer_id": "acme", "purpose": "service"}
    before = await field.db["events"].count_documents({})
    for body, pointer in (
        ({"customers": [line]}, "/on"),
        ({"on": "yesterday", "customers": [line]}, "/on"),
        ({"on": "2026-03-01", "customers": [line]}, "/on"),
        ({"on": TODAY, "customers": []}, "/customers"),
        ({"on": TODAY, "customers": [line] * 31}, "/customers"),
        ({"on": TODAY, "customers": [line | {"purpose": "golf"}]}, "/customers/0/purpose"),
        ({"on": TODAY, "customers": [line | {"customer_id": "x"}]}, "/customers/0/customer_id"),
        (
            {"on": TODAY, "customers": [line | {"contact_ids": ["x"]}]},
            "/customers/0/contact_ids/0",
        ),
        (
            {"on": TODAY, "customers": [line | {"accompanied_by": ["x"]}]},
            "/customers/0/accompanied_by/0",
        ),
        (
            {"on": TODAY, "customers": [line | {"times": {"starts_at": "2026-03-02T10:00:00"}}]},
            "/customers/0/times/starts_at",
        ),
        ({"on": TODAY, "customers": [line], "mood": "fine"}, "/mood"),
        ({"on": TODAY, "customers": [line | {"customer_id": "a\u0000"}]}, None),
    ):
        answer = await li.post("/visit-plans", json=body)
        assert answer.status_code == 400, body
        assert answer.headers["content-type"] == "application/problem+json"
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert pointer is None or pointers == [pointer]
    assert await field.db["events"].count_documents({}) == before


async def test_a_check_in_with_nonsense_is_refused(
    field: Running, clock: VirtualClock, li: Client
) -> None:
    plan = await a_submitted_plan(li)
    path = f"/visits/{plan['customers'][0]['visit_id']}/check-in"
    ahead = (clock.now() + timedelta(minutes=6)).isoformat()
    for body in (
        {"device_at": ahead},
        {"device_at": "2026-03-02T09:00:00"},
        {"queued_seconds": -1},
        {"fix": {"position": {"latitude": 91, "longitude": 0}}},
        {"fix": {"position": {"latitude": 0, "longitude": 0, "datum": "BD-09"}}},
        {"fix": {"position": HERE, "accuracy_metres": -1}},
    ):
        assert (await li.post(path, json=body)).status_code == 400, body


async def test_unknown_ids_missing_rights_and_accounts_without_staff(
    field: Running, li: Client
) -> None:
    for path in ("/visits/x", "/visit-plans/x", "/staff/x", "/teams/x"):
        assert (await li.get(path)).status_code == 404
    nobody = field.as_("x", "nobody")
    assert (await nobody.get("/visits")).status_code == 403
    body = {"on": TODAY, "customers": [{"customer_id": "acme", "purpose": "service"}]}
    assert (await field.client.post("/visit-plans", json=body)).status_code == 403
    joined = {"name": "x", "joined_on": TODAY}
    assert (await li.post("/staff", json=joined)).status_code == 403


def test_the_service_can_be_made_without_touching_the_network() -> None:
    assert create_app(Settings()).title


@pytest.mark.parametrize("path", ["/staff", "/teams"])
async def test_staff_and_teams_are_listed_in_pages(field: Running, path: str) -> None:
    for n in range(3):
        body: dict[str, Any] = {"name": f"N{n}"}
        body |= {"joined_on": TODAY} if path == "/staff" else {"kind": "region"}
        if path == "/teams":
            root = await field.client.post("/teams", json={"name": "Acme", "kind": "company"})
            found = (
                root.json().get("id")
                or (await field.client.get("/teams", params={"kind": "company"})).json()["items"][
                    0
                ]["id"]
            )
            body["parent_id"] = found
        assert (await field.client.post(path, json=body)).status_code == 201
    first = (await field.client.get(path, params={"limit": 2})).json()
    rest = (
        await field.client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()
    assert len(first["items"]) == 2
    assert {one["id"] for one in first["items"]}.isdisjoint(one["id"] for one in rest["items"])


async def test_submitted_plans_wait_in_the_inbox_of_the_direct_superior(
    li: Client, boss: Client, other_boss: Client
) -> None:
    plan = await a_submitted_plan(li, TOMORROW)
    own = await a_submitted_plan(boss, TOMORROW)
    shown = (await boss.get("/views/approvals-inbox")).json()["visit_plans"]["body"]
    assert [(one["id"], one["kind"]) for one in shown["items"]] == [(plan["id"], "visit_plan")]
    assert own["id"] not in str(shown)
    assert shown["count"] == 1
    assert shown["items"][0]["due_at"] == "2026-03-03T01:00:00Z"
    elsewhere = (await other_boss.get("/views/approvals-inbox")).json()["visit_plans"]
    assert elsewhere["body"]["items"] == []
    await done(boss, shown["items"][0]["commands"]["approve"].removeprefix("/api/v1"))
    again = (await boss.get("/views/approvals-inbox")).json()["visit_plans"]["body"]
    assert again["count"] == 0
