"""Reactions: what follows from a fact, in the unit of work that recorded it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pytest
from chassis.clock import VirtualClock
from chassis.core import Core
from chassis.facts import Aggregate, Fact, Recorded
from chassis.problems import NotFound
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.work import Work
from contracts import pipeline as wire
from contracts.values import Money


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PriceChanged(Fact):
    list_price: Money
    previous_list_price: Money | None = None


@dataclass(kw_only=True)
class Thing(Aggregate):
    TYPE: ClassVar[str] = "product"


THINGS = Stored(Thing, "things")
LABELS = "labels"
TABLE = {Withdrawn: wire.ProductWithdrawn, PriceChanged: wire.ProductPriceChanged}


async def label(work: Work, thing: Thing, facts: Sequence[Recorded]) -> None:
    known = await work.document(LABELS, thing.id) or {"_id": thing.id, "told": []}
    names = [type(recorded.fact).__name__ for recorded in facts]
    work.put(LABELS, known | {"told": known["told"] + [names]})


async def withdraw_what_is_free(_work: Work, thing: Thing, facts: Sequence[Recorded]) -> None:
    changes = [one.fact for one in facts if isinstance(one.fact, PriceChanged)]
    if any(change.list_price.amount == 0 for change in changes):
        thing.record(Withdrawn())


@pytest.fixture
async def core(mongodb_uri: str, database_name: str, clock: VirtualClock) -> AsyncIterator[Core]:
    settings = ServiceSettings(mongodb_uri=mongodb_uri, database=database_name)
    core = Core(
        settings,
        name="pipeline",
        stored=[THINGS],
        events=TABLE,
        reactions={Thing: [label, withdraw_what_is_free]},
        clock=clock,
    )
    await core.start()
    yield core
    await core.stop()


async def cost(core: Core, *amounts: int) -> None:
    async def decide(work: Work) -> None:
        thing = work.add(THINGS, Thing(id="one", key="one"))
        for amount in amounts:
            thing.record(PriceChanged(list_price=Money(Decimal(amount), "CNY")))

    await core.commits.run(decide)


async def told(core: Core) -> list[list[str]]:
    found = await core.db[LABELS].find_one({"_id": "one"})
    return [] if found is None else list(found["told"])


async def test_a_reaction_is_told_each_fact_once_with_the_unit_that_recorded_it(
    core: Core,
) -> None:
    await cost(core, 1, 2)
    assert await told(core) == [["PriceChanged", "PriceChanged"]]


async def test_what_a_reaction_records_is_told_too_and_stored_with_the_rest(core: Core) -> None:
    await cost(core, 0)
    assert await told(core) == [["PriceChanged"], ["Withdrawn"]]
    assert await core.db["events"].count_documents({}) == 2


async def test_nothing_follows_from_what_was_refused(core: Core) -> None:
    async def decide(work: Work) -> None:
        thing = work.add(THINGS, Thing(id="one", key="one"))
        thing.record(Withdrawn())
        raise NotFound("product", "two")

    with pytest.raises(NotFound):
        await core.commits.run(decide)
    assert await told(core) == []
