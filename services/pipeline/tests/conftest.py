"""A running pipeline that knows a small company: two reps, their supervisor, a director."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Running, a_message, service, take
from chassis.work import Work
from contracts import customers, field
from contracts.envelope import Event
from contracts.values import ContactId, CustomerId, StaffId, TeamId
from pipeline.main import create_app
from pipeline.products.model import Product, list_product
from pipeline.products.store import PRODUCTS

TEAMS = {
    "company": field.TeamProfile(name="Acme", kind="company", leader_id=StaffId("director")),
    "east": field.TeamProfile(
        name="East", kind="region", parent_id="company", region="East", leader_id=StaffId("manager")
    ),
    "team-1": field.TeamProfile(name="One", parent_id="east", leader_id=StaffId("boss")),
    "team-2": field.TeamProfile(name="Two", parent_id="company", region="West"),
}
STAFF = {
    "rep-1": field.StaffProfile(name="Darcel Schlecht", team_id="team-1", staff_number="007"),
    "rep-2": field.StaffProfile(name="Anna Snelling", team_id="team-1"),
    "rep-3": field.StaffProfile(name="Cara Losch", team_id="team-2"),
    "boss": field.StaffProfile(name="Melvin Marxen", team_id="team-1", roles=["supervisor"]),
    "director": field.StaffProfile(name="Sales Director", team_id="company", roles=["director"]),
}
CUSTOMERS = {
    "customer-1": customers.CustomerProfile(name="Cancity", owner_id="rep-1"),
    "customer-2": customers.CustomerProfile(name="Isdom", owner_id="rep-3"),
}
CONTACTS = {"buyer": "decision_maker", "porter": None}


@pytest.fixture
async def pipeline(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    """The service by itself; what it knows of others came by their events."""
    async with service(create_app, mongodb_uri, clock=clock) as running:
        await settle_in(running)
        yield running


@pytest.fixture(scope="session")
async def shared_pipeline(mongodb_uri: str) -> AsyncIterator[Running]:
    """One for all tests that change nothing."""
    monday = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    async with service(create_app, mongodb_uri, clock=monday) as running:
        await settle_in(running)
        yield running


async def settle_in(running: Running) -> None:
    told: list[tuple[str, Event]] = [
        *(
            (one, field.TeamFormed(team_id=TeamId(one), profile=team))
            for one, team in TEAMS.items()
        ),
        *(
            (one, field.StaffJoined(staff_id=StaffId(one), profile=who))
            for one, who in STAFF.items()
        ),
        *(
            (one, customers.CustomerRegistered(customer_id=CustomerId(one), profile=profile))
            for one, profile in CUSTOMERS.items()
        ),
        *(
            (
                one,
                customers.ContactAdded(
                    contact_id=ContactId(one),
                    customer_id=CustomerId("customer-1"),
                    buying_role=role,
                ),
            )
            for one, role in CONTACTS.items()
        ),
    ]
    await take(running, [a_message(event, subject=one, sequence=1) for one, event in told])
    await running.commits.run(_one_product)


async def _one_product(work: Work) -> Product:
    return work.add(PRODUCTS, list_product(name="GTX Pro", code="GTX-PRO", line="GTX"))
