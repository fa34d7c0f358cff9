"""A running customers service with a small company: two teams, three reps, a supervisor each."""

from collections.abc import AsyncIterator

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, service
from contracts import field as wire
from contracts.values import StaffId, TeamId
from customers.main import create_app

GRANTS = {
    "rep": {
        "customers:read": "shared",
        "customers:write": "own",
        "customers:check-duplicates": "all",
        "contacts:read": "shared",
        "contacts:write": "own",
        "contacts:read-phone": "own",
        "contacts:erase": "own",
    },
    "supervisor": {"customers:*": "below", "contacts:*": "below"},
    "director": {"*:*": "all"},
    "admin": {"*:*": "all"},
    "finance": {"customers:write-credit": "all"},
    "visitor": {"customers:read": "all", "contacts:read": "all"},
    "nobody": {},
}


async def a_company(running: Running) -> None:
    for team, leader in (("north", "boss-north"), ("south", "boss-south")):
        profile = wire.TeamProfile(name=team, kind="region", region=team, leader_id=StaffId(leader))
        await deliver(running, wire.TeamFormed(team_id=TeamId(team), profile=profile), subject=team)
    for name, team in (
        ("li", "north"),
        ("han", "north"),
        ("wang", "south"),
        ("boss-north", "north"),
        ("boss-south", "south"),
    ):
        staff = wire.StaffProfile(name=name.title(), team_id=TeamId(team))
        await deliver(
            running, wire.StaffJoined(staff_id=StaffId(name), profile=staff), subject=name
        )


@pytest.fixture
async def customers(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    async with service(create_app, mongodb_uri, clock=clock, grants=GRANTS) as running:
        await a_company(running)
        yield running


@pytest.fixture(scope="module")
async def quiet(mongodb_uri: str) -> AsyncIterator[Running]:
    """One service for all tests of a module that leave nothing behind."""
    async with service(create_app, mongodb_uri, grants=GRANTS) as running:
        await a_company(running)
        yield running


@pytest.fixture
def li(customers: Running) -> Client:
    return customers.as_("li", "rep")


@pytest.fixture
def han(customers: Running) -> Client:
    return customers.as_("han", "rep")


@pytest.fixture
def wang(customers: Running) -> Client:
    return customers.as_("wang", "rep")


@pytest.fixture
def boss(customers: Running) -> Client:
    return customers.as_("boss-north", "supervisor")
