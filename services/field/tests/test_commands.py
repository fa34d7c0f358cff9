"""What staff and teams can do, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.imports import ImportContext, ImportOutcome
from chassis.problems import Refused
from chassis.testkit.running import Running, published, service
from contracts import field as wire
from field.main import create_app
from field.staff import imports
from field.staff.store import STAFF
from field.teams.commands import COMPANY_ID
from field.teams.store import TEAMS


@pytest.fixture
async def field(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    """Nobody here yet."""
    async with service(create_app, mongodb_uri, clock=clock, company_name="Acme") as running:
        yield running


def a_row(name: str, **given: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("role", "manager", "region", "joined_on", "staff_number", "external_id"))
    return empty | {"name": name} | given


COMPANY = [
    a_row("Darcel Schlecht", manager="Melvin Marxen", region="Central"),
    a_row("Anna Snelling", manager="Dustin Brinkmann", region="Central"),
    a_row("Dustin Brinkmann", role=["supervisor"], region="Central"),
    a_row("Melvin Marxen", role=["supervisor"], region="Central"),
    a_row("Rosie Papadopoulos", role=["rep"], manager="Cara Losch", region="East"),
    a_row("Sales Director", role=["director"]),
]


async def import_rows(field: Running, rows: list[dict[str, Any]]) -> list[ImportOutcome]:
    context = ImportContext(
        job_id="job",
        external_source="crm",
        is_history=True,
        today=date(2026, 3, 2),
        currency="CNY",
        timezone="Asia/Shanghai",
    )

    async def one(row: dict[str, Any]) -> ImportOutcome:
        return await field.commits.run(
            lambda work: imports.import_staff(work, row, context, "Acme"), actor="test"
        )

    return list(await asyncio.gather(*(one(row) for row in rows)))


async def by_name(field: Running, collection: str) -> dict[str, dict[str, Any]]:
    return {document["name"]: document async for document in field.db[collection].find()}


async def test_a_file_of_staff_forms_the_whole_tree(field: Running) -> None:
    await import_rows(field, COMPANY)
    teams, staff = await by_name(field, "teams"), await by_name(field, "staff")
    team = teams["Team Melvin Marxen"]
    assert team["owner_id"] == staff["Melvin Marxen"]["_id"]
    assert team["parent_id"] == teams["Central"]["_id"]
    assert teams["Central"]["parent_id"] == teams["Acme"]["_id"] == COMPANY_ID
    assert teams["Acme"]["owner_id"] == staff["Sales Director"]["_id"]
    assert staff["Darcel Schlecht"]["team_id"] == team["_id"]
    assert staff["Darcel Schlecht"]["region"] == "Central"
    assert teams["Team Cara Losch"]["owner_id"] is None


async def test_the_same_file_again_changes_nothing(field: Running) -> None:
    await import_rows(field, COMPANY)
    async with published(field.db) as events:
        outcomes = await import_rows(field, list(reversed(COMPANY)))
    assert {outcome.result for outcome in outcomes} == {"unchanged"}
    assert events.types == []


async def test_the_order_of_rows_makes_no_difference(field: Running, mongodb_uri: str) -> None:
    await import_rows(field, COMPANY)
    async with service(create_app, mongodb_uri, clock=field.core.clock) as other:
        for row in reversed(COMPANY):
            await import_rows(other, [row])
        for collection in ("staff", "teams"):
            one, two = await by_name(field, collection), await by_name(other, collection)
            assert {name: document["_id"] for name, document in one.items()} == {
                name: document["_id"] for name, document in two.items()
            }
            assert {name: (d["owner_id"], d["region"]) for name, d in one.items()} == {
                name: (d["owner_id"], d["region"]) for name, d in two.items()
            }


async def test_a_row_with_another_manager_moves_the_person(field: Running) -> None:
    await import_rows(field, COMPANY)
    async with published(field.db) as events:
        [outcome] = await import_rows(
            field, [a_row("Darcel Schlecht", manager="Cara Losch", region="East")]
        )
    assert outcome.result == "updated"
    [moved] = events.payloads(wire.StaffMoved)
    assert moved.profile.team_id != moved.previous.team_id


async def test_joining_keeps_its_own_day(field: Running) -> None:
    async with published(field.db) as events:
        await import_rows(field, [a_row("Anna Snelling", joined_on=date(2016, 10, 19))])
    [joined] = [one for one in events.documents if one["type"].endswith("staff.joined.v1")]
    assert joined["headers"]["ce_occurredat"] == "2016-10-18T16:00:00.000Z"
    assert joined["headers"]["ce_origin"] == "import"


async def test_a_moved_team_takes_the_region_of_everybody_in_it_along(field: Running) -> None:
    await import_rows(field, COMPANY)
    teams = await by_name(field, "teams")
    moved = await field.client.post(
        f"/teams/{teams['Team Melvin Marxen']['_id']}/move",
        json={"parent_id": teams["East"]["_id"]},
    )
    assert moved.status_code == 200
    assert moved.json()["region"] == "East"
    staff = await by_name(field, "staff")
    assert staff["Darcel Schlecht"]["region"] == "East"
    assert staff["Anna Snelling"]["region"] == "Central"


async def test_a_region_that_is_renamed_is_passed_down(field: Running) -> None:
    await import_rows(field, COMPANY)
    central = (await by_name(field, "teams"))["Central"]
    renamed = await field.client.patch(
        f"/teams/{central['_id']}",
        json={"name": "Middle"},
        headers={"If-Match": f'"{central["version"]}"'},
    )
    assert renamed.status_code == 200
    assert (await by_name(field, "teams"))["Team Melvin Marxen"]["region"] == "Middle"


async def test_who_leaves_leads_nobody_any_more(field: Running) -> None:
    await import_rows(field, COMPANY)
    staff = await by_name(field, "staff")
    boss = staff["Melvin Marxen"]["_id"]
    async with published(field.db) as events:
        answer = await field.client.post(f"/staff/{boss}/leave", json={"on": "2026-03-02"})
    assert answer.status_code == 200
    assert sorted(events.types) == ["staff.left", "team.changed"]
    assert (await by_name(field, "teams"))["Team Melvin Marxen"]["owner_id"] is None
    copy = await field.db["staff_copy"].find_one({"_id": boss})
    assert copy is not None
    assert copy["is_active"] is False


async def test_two_movers_of_the_tree_cannot_make_a_ring(field: Running) -> None:
    await import_rows(field, COMPANY)
    teams = await by_name(field, "teams")
    one, two = teams["Team Melvin Marxen"]["_id"], teams["Team Dustin Brinkmann"]["_id"]
    answers = await asyncio.gather(
        field.client.post(f"/teams/{one}/move", json={"parent_id": two}),
        field.client.post(f"/teams/{two}/move", json={"parent_id": one}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_staff_number_is_given_once(field: Running) -> None:
    body = {"name": "Li Lei", "joined_on": "2026-03-01", "staff_number": "7"}
    first, second = await asyncio.gather(
        field.client.post("/staff", json=body), field.client.post("/staff", json=body)
    )
    assert sorted((first.status_code, second.status_code)) == [201, 400]


async def test_stored_aggregates_come_back_as_they_were(field: Running) -> None:
    await import_rows(field, COMPANY)
    for stored in (STAFF, TEAMS):
        async for document in field.db[stored.collection].find():
            read: Any = stored.aggregate(document)
            assert stored.document(read) | {"rev": 0} == document | {"rev": 0}


async def test_nothing_is_written_by_a_refused_command(field: Running) -> None:
    before = await field.db["events"].count_documents({})
    with pytest.raises(Refused):
        await field.commits.run(lambda work: work.load(STAFF, "nobody"), actor="test")
    answer = await field.client.post("/teams", json={"name": "X", "kind": "team"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/misplaced-team"
    assert await field.db["events"].count_documents({}) == before
