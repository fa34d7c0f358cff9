"""A running pipeline that knows a small company: two reps, their supervisor, a director."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chassis.clock import VirtualClock
from chassis.imports import ImportWorker
from chassis.received import Message
from chassis.testkit.running import Running, a_message, service, take
from chassis.work import Work
from contracts import customers, field
from contracts.envelope import BY_PAYLOAD, Event
from pipeline.main import IMPORTS, create_app
from pipeline.products.model import Product, list_product
from pipeline.products.store import PRODUCTS

TEAMS: dict[str, dict[str, Any]] = {
    "company": {"name": "Acme", "kind": "company", "leader_id": "director"},
    "east": {"name": "East", "kind": "region", "parent_id": "company", "region": "East"},
    "team-1": {"name": "One", "parent_id": "east", "leader_id": "boss"},
    "team-2": {"name": "Two", "parent_id": "company", "region": "West"},
}
STAFF: dict[str, dict[str, Any]] = {
    "rep-1": {"name": "Darcel Schlecht", "team_id": "team-1", "staff_number": "007"},
    "rep-2": {"name": "Anna Snelling", "team_id": "team-1"},
    "rep-3": {"name": "Cara Losch", "team_id": "team-2"},
    "boss": {"name": "Melvin Marxen", "team_id": "team-1", "roles": ["supervisor"]},
    "director": {"name": "Sales Director", "team_id": "company", "roles": ["director"]},
}
CUSTOMERS: dict[str, dict[str, Any]] = {
    "customer-1": {"name": "Cancity", "owner_id": "rep-1"},
    "customer-2": {"name": "Isdom", "owner_id": "rep-3"},
}
GRANTED = Path(__file__).parents[3] / "gateway/src/gateway/grants.json"
CONTACTS = {"buyer": "decision_maker", "porter": None}


@pytest.fixture
async def pipeline(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    """The service by itself; what it knows of others came by their events."""
    async with service(create_app, mongodb_uri, clock=clock) as running:
        await settle_in(running)
        yield running


@pytest.fixture
async def granted(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    """With the rights that the gateway grants to each role by default."""
    grants = json.loads(GRANTED.read_bytes())
    async with service(create_app, mongodb_uri, clock=clock, grants=grants) as running:
        await settle_in(running)
        yield running


@pytest.fixture
async def importing(pipeline: Running) -> AsyncIterator[Running]:
    """With the worker that carries out import jobs."""
    worker = ImportWorker(IMPORTS, pipeline.core)
    await worker.start()
    yield pipeline
    await worker.stop()


@pytest.fixture(scope="session")
async def shared_pipeline(mongodb_uri: str) -> AsyncIterator[Running]:
    """One for all tests that change nothing."""
    monday = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    async with service(create_app, mongodb_uri, clock=monday) as running:
        await settle_in(running)
        yield running


async def settle_in(running: Running) -> None:
    told: list[tuple[type[Event], str, dict[str, Any]]] = [
        *((field.TeamFormed, one, {"profile": team}) for one, team in TEAMS.items()),
        *((field.StaffJoined, one, {"profile": person}) for one, person in STAFF.items()),
        *((customers.CustomerRegistered, one, {"profile": who}) for one, who in CUSTOMERS.items()),
        *(
            (customers.ContactAdded, one, {"customer_id": "customer-1", "buying_role": role})
            for one, role in CONTACTS.items()
        ),
    ]
    await take(running, [_message(*each) for each in told])
    await running.commits.run(_one_product)


def _message(contract: type[Event], subject: str, values: dict[str, Any]) -> Message:
    named = {f"{BY_PAYLOAD[contract].aggregate}_id": subject} | values
    return a_message(msgspec.convert(named, contract), subject=subject, sequence=1)


async def _one_product(work: Work) -> Product:
    return work.add(PRODUCTS, list_product(name="GTX Pro", code="GTX-PRO", line="GTX"))
