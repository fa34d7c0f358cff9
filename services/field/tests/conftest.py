"""A running field service with a small company: two regions, a supervisor and two reps in one."""

from collections.abc import AsyncIterator

import pytest
from chassis import organisation
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, deliver, service
from chassis.work import Work
from contracts import customers as customer_wire
from contracts import field as wire
from contracts.values import ContactId, CustomerId, Position, StaffId, TeamId
from field.main import create_app

GRANTS = {
    "rep": {
        "staff:read": "all",
        "teams:read": "all",
        "leaves:cancel": "own",
        "leaves:read": "own",
        "leaves:request": "own",
        "tasks:read": "own",
        "tasks:write": "own",
        "working-calendar:read": "all",
        "visit-plans:read": "own",
        "visit-plans:submit": "own",
        "visit-plans:write": "own",
        "visits:check-in": "own",
        "visits:read": "shared",
        "visits:write": "own",
    },
    "supervisor": {
        "visit-plans:*": "below",
        "visits:*": "below",
        "staff:read": "all",
        "leaves:*": "below",
        "tasks:*": "below",
    },
    "director": {"*:*": "all"},
    "admin": {"*:*": "all"},
    "nobody": {},
}
OFFICE = Position(latitude=31.2304, longitude=121.4737)


@pytest.fixture
async def field(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    async with service(create_app, mongodb_uri, clock=clock, grants=GRANTS) as running:
        await running.commits.run(_a_company, actor="test")
        await _customers(running)
        yield running


async def _a_company(work: Work) -> None:
    for team, leader in (("east", "boss"), ("west", "other-boss")):
        profile = wire.TeamProfile(name=team, kind="region", region=team, leader_id=StaffId(leader))
        await organisation.record_team(work, TeamId(team), profile)
    for name, team in (
        ("li", "east"),
        ("han", "east"),
        ("boss", "east"),
        ("wang", "west"),
        ("other-boss", "west"),
    ):
        staff = wire.StaffProfile(name=name.title(), team_id=TeamId(team))
        await organisation.record_staff(work, StaffId(name), staff)


async def _customers(running: Running) -> None:
    for name, positions in (("acme", [OFFICE]), ("initech", [])):
        await deliver(
            running,
            customer_wire.CustomerRegistered(
                customer_id=CustomerId(name),
                profile=customer_wire.CustomerProfile(name=name.title(), positions=positions),
            ),
            subject=name,
        )
    await deliver(
        running,
        customer_wire.ContactAdded(contact_id=ContactId("zhou"), customer_id=CustomerId("acme")),
        subject="zhou",
    )


@pytest.fixture
def li(field: Running) -> Client:
    return field.as_("li", "rep")


@pytest.fixture
def han(field: Running) -> Client:
    return field.as_("han", "rep")


@pytest.fixture
def boss(field: Running) -> Client:
    return field.as_("boss", "supervisor")


@pytest.fixture
def other_boss(field: Running) -> Client:
    return field.as_("other-boss", "supervisor")
