"""Files of customers, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.imports import ImportContext, ImportOutcome
from chassis.testkit.running import Running, deliver, published, service
from contracts import customers as wire
from contracts import field as field_wire
from contracts.values import StaffId, TeamId
from customers.main import create_app
from customers.records.imports import customers_kind, import_customer, prepare


@pytest.fixture
async def customers(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    async with service(create_app, mongodb_uri, clock=clock) as running:
        await deliver(
            running,
            field_wire.TeamFormed(
                team_id=TeamId("team"),
                profile=field_wire.TeamProfile(name="Central", kind="region", region="Central"),
            ),
            subject="team",
        )
        await deliver(
            running,
            field_wire.StaffJoined(
                staff_id=StaffId("darcel"),
                profile=field_wire.StaffProfile(
                    name="Darcel Schlecht", team_id=TeamId("team"), staff_number="7"
                ),
            ),
            subject="darcel",
        )
        yield running


def a_row(name: str, **given: Any) -> dict[str, Any]:
    fields = dict.fromkeys(one.name for one in customers_kind().fields)
    return fields | {"name": name} | given


ROWS = [
    a_row("Bluth Company", group_parent="Acme Corporation", country="United States"),
    a_row(
        "Acme Corporation",
        industry="technology",
        revenue=Decimal("1100.04"),
        size=2822,
        founded=1996,
        owner="Darcel Schlecht",
    ),
    a_row("Codehow", owner="7"),
]


def a_context() -> ImportContext:
    return ImportContext(
        job_id="job",
        external_source="crm",
        is_history=True,
        today=date(2026, 3, 2),
        currency="CNY",
        timezone="Asia/Shanghai",
    )


async def import_rows(customers: Running, rows: list[dict[str, Any]]) -> list[ImportOutcome]:
    context = a_context()
    await prepare(customers.db, rows, context)

    async def one(row: dict[str, Any]) -> ImportOutcome:
        return await customers.commits.run(
            lambda work: import_customer(work, row, context), actor="test"
        )

    return list(await asyncio.gather(*(one(row) for row in rows)))


async def by_name(customers: Running) -> dict[str, dict[str, Any]]:
    return {one["name"]: one async for one in customers.db["customers"].find()}


async def test_a_file_makes_customers_with_owners_and_parents(customers: Running) -> None:
    async with published(customers.db) as events:
        outcomes = await import_rows(customers, ROWS)
    assert [outcome.result for outcome in outcomes] == ["created"] * 3
    found = await by_name(customers)
    acme = found["Acme Corporation"]
    assert found["Bluth Company"]["group_parent_id"] == acme["_id"]
    assert found["Bluth Company"]["addresses"][0]["country"] == "United States"
    assert (acme["owner_id"], acme["team_id"], acme["region"]) == ("darcel", "team", "Central")
    assert acme["revenue"] == {"amount": Decimal("1100.04"), "currency": "CNY"}
    assert found["Codehow"]["owner_id"] == "darcel"
    profiles = {one.profile.name: one.profile for one in events.payloads(wire.CustomerRegistered)}
    assert profiles["Acme Corporation"].owner_id == "darcel"
    assert all(one["headers"]["ce_origin"] == "import" for one in events.documents)


async def test_the_same_file_again_changes_nothing(customers: Running) -> None:
    await import_rows(customers, ROWS)
    async with published(customers.db) as events:
        outcomes = await import_rows(customers, list(reversed(ROWS)))
    assert {outcome.result for outcome in outcomes} == {"unchanged"}
    assert events.types == []


async def test_an_external_id_finds_a_customer_that_was_renamed(customers: Running) -> None:
    await import_rows(customers, [a_row("Acme", external_id="A1")])
    [outcome] = await import_rows(customers, [a_row("Acme International", external_id="A1")])
    assert outcome.result == "updated"
    found = await by_name(customers)
    assert list(found) == ["Acme International"]
    assert found["Acme International"]["former_names"] == ["Acme"]


async def test_a_row_without_external_id_finds_the_customer_by_its_name(
    customers: Running,
) -> None:
    made = await customers.client.post("/customers", json={"name": "Acme Corporation"})
    assert made.status_code == 201
    outcomes = await import_rows(customers, ROWS)
    assert [outcome.result for outcome in outcomes] == ["created", "updated", "created"]
    assert len(await by_name(customers)) == 3


async def test_names_that_nobody_has_are_warned_about(customers: Running) -> None:
    [outcome] = await import_rows(
        customers, [a_row("Acme", owner="Nobody", group_parent="Nothing")]
    )
    assert outcome.result == "created"
    assert "Nobody" in str(outcome.warning)
    assert "Nothing" in str(outcome.warning)


async def test_a_credit_code_stays_with_its_first_customer(customers: Running) -> None:
    code = "914403001922038216"
    outcomes = await import_rows(
        customers, [a_row("One", credit_code=code), a_row("Two", credit_code=code)]
    )
    assert [outcome.result for outcome in outcomes] == ["created", "created"]
    assert sum(code in str(outcome.warning) for outcome in outcomes) == 1
    held = [one for one in (await by_name(customers)).values() if one["credit_code"] == code]
    assert len(held) == 1
