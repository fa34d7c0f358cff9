"""Every journey in every way in which its events may arrive."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from chassis.clock import VirtualClock
from insights.main import create_app as create_insights

from tests.flows.company import Company, company
from tests.flows.delivery import Delivery, Shuffled, Twice

WAYS: dict[str, Callable[[], Delivery]] = {
    "in order": Delivery,
    "twice": Twice,
    "shuffled-1": lambda: Shuffled(1),
    "shuffled-2": lambda: Shuffled(2),
    "shuffled-3": lambda: Shuffled(3),
}


@pytest.fixture(scope="session", params=WAYS, ids=list(WAYS))
async def acme(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Company]:
    """One company for all journeys that leave its organisation and its clock as they are."""
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    async with company(mongodb_uri, clock, WAYS[request.param]()) as built:
        yield built


@pytest.fixture
async def a_company(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Company]:
    """A company of a test's own."""
    async with company(mongodb_uri, clock, Shuffled(4)) as built:
        yield built


@pytest.fixture(scope="session", params=["in order", "twice", "shuffled-1"])
async def watched(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Company]:
    """A company with insights; its clock only ever goes on."""
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    delivery = WAYS[request.param]()
    async with company(mongodb_uri, clock, delivery, insights=create_insights) as built:
        yield built
