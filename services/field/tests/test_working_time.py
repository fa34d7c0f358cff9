"""The working calendar and leave, as everybody else is told of them."""

from datetime import date
from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import field as wire
from httpx import Response

TRIP = {"kind": "business_trip", "first_on": "2026-03-09", "last_on": "2026-03-11"}


async def ask(client: Client, **more: Any) -> Response:
    return await client.post("/leaves", json=TRIP | more)


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_the_calendar_begins_as_office_hours_and_takes_holidays_and_make_up_days(
    field: Running, li: Client
) -> None:
    shown = await li.get("/working-calendar")
    assert shown.json()["weekdays"] == [1, 2, 3, 4, 5]
    assert [hours["start"] for hours in shown.json()["hours"]] == ["09:00", "13:00"]
    change = {"holidays": ["2026-10-01", "2026-10-02"], "make_up_days": ["2026-10-10"]}
    async with published(field.db) as events:
        changed = await field.client.patch(
            "/working-calendar", json=change, headers={"If-Match": shown.headers["etag"]}
        )
    assert changed.status_code == 200, changed.text
    told = events.payloads(wire.CalendarChanged)[0]
    assert told.calendar.make_up_days == [date(2026, 10, 10)]
    assert told.previous is not None
    assert told.previous.holidays == []
    again = await li.get("/working-calendar")
    assert (again.json()["holidays"], again.json()["weekdays"]) == (
        change["holidays"],
        [1, 2, 3, 4, 5],
    )


async def test_a_change_of_an_older_calendar_is_refused(field: Running) -> None:
    for expected in (200, 412):
        changed = await field.client.patch(
            "/working-calendar",
            json={"holidays": [f"2026-10-0{expected % 9}"]},
            headers={"If-Match": '"0"'},
        )
        assert changed.status_code == expected, changed.text


async def test_a_calendar_that_contradicts_itself_is_refused_with_the_field(
    field: Running, li: Client
) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"weekdays": []}, "/weekdays"),
        ({"hours": [{"start": "12:00", "end": "09:00"}]}, "/hours"),
        ({"holidays": ["2026-10-10"], "make_up_days": ["2026-10-10"]}, "/make_up_days"),
    ]
    for change, pointer in wrong:
        refused = await field.client.patch(
            "/working-calendar", json=change, headers={"If-Match": '"0"'}
        )
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    mine = await li.patch("/working-calendar", json={}, headers={"If-Match": '"0"'})
    assert mine.status_code == 403


async def test_leave_is_asked_for_by_oneself_and_granted_by_a_superior(
    field: Running, li: Client, han: Client, boss: Client
) -> None:
    async with published(field.db) as events:
        asked = await ask(li, reason="A cure")
        leave = asked.json()["id"]
        assert (await han.post(f"/leaves/{leave}/approve")).status_code == 403
        granted = await boss.post(f"/leaves/{leave}/approve")
    assert (asked.status_code, granted.json()["status"]) == (201, "granted")
    assert events.types == ["leave.requested", "leave.granted"]
    told = events.payloads(wire.LeaveGranted)[0]
    assert (told.staff_id, told.last_on, told.granted_by) == ("li", date(2026, 3, 11), "boss")
    assert b"cure" not in b"".join(one["value"] for one in events.documents)
    assert slug(await boss.post(f"/leaves/{leave}/refuse", json={"reason": "No"})) == (
        "leave-settled"
    )
    away = await boss.get("/leaves", params={"on": "2026-03-10"})
    assert [one["staff_id"] for one in away.json()["items"]] == ["li"]


async def test_nobody_grants_leave_to_themselves_or_out_of_reach(
    boss: Client, other_boss: Client, li: Client
) -> None:
    own = (await ask(boss)).json()["id"]
    assert (await boss.post(f"/leaves/{own}/approve")).status_code == 403
    theirs = (await ask(li)).json()["id"]
    assert (await other_boss.post(f"/leaves/{theirs}/approve")).status_code == 404


async def test_no_day_is_taken_twice_unless_it_was_given_back(
    field: Running, li: Client, boss: Client
) -> None:
    leave = (await ask(li)).json()["id"]
    overlapping = await ask(li, first_on="2026-03-11", last_on="2026-03-12")
    assert (slug(overlapping), overlapping.json()["leave_id"]) == ("leave-overlaps", leave)
    assert (await ask(li, first_on="2026-03-12", last_on="2026-03-12")).status_code == 201
    await boss.post(f"/leaves/{leave}/approve")
    async with published(field.db) as events:
        assert (await li.post(f"/leaves/{leave}/cancel")).json()["status"] == "cancelled"
    assert events.payloads(wire.LeaveCancelled)[0].was_granted
    assert (await ask(li, first_on="2026-03-10", last_on="2026-03-10")).status_code == 201


async def test_leave_ends_after_it_begins(li: Client) -> None:
    refused = await ask(li, last_on="2026-03-08")
    assert refused.json()["errors"][0]["pointer"] == "/last_on"
