"""The write path on a real MongoDB: all or nothing, grouped, decided again when overtaken."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pytest
from chassis.clock import VirtualClock
from chassis.commits import Commits
from chassis.core import Core
from chassis.facts import Aggregate, Fact
from chassis.problems import Conflict, Refused, Unavailable
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.work import Work
from contracts import pipeline as wire
from contracts.values import Money, ProductId


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PriceChanged(Fact):
    list_price: Money
    previous_list_price: Money | None


@dataclass(kw_only=True)
class Thing(Aggregate):
    TYPE: ClassVar[str] = "product"
    price: Money | None = None
    withdrawals: int = 0

    def withdraw(self) -> None:
        self.withdrawals += 1
        self.record(Withdrawn())

    def cost(self, amount: str) -> None:
        before, self.price = self.price, Money(Decimal(amount), "CNY")
        self.record(PriceChanged(list_price=self.price, previous_list_price=before))


THINGS = Stored(Thing, "things")
TABLE = {Withdrawn: wire.ProductWithdrawn, PriceChanged: wire.ProductPriceChanged}


class TooManyThings(Refused):
    slug = "too-many"


@pytest.fixture
async def core(mongodb_uri: str, database_name: str, clock: VirtualClock) -> AsyncIterator[Core]:
    settings = ServiceSettings(mongodb_uri=mongodb_uri, database=database_name)
    core = Core(settings, name="pipeline", stored=[THINGS], events=TABLE, clock=clock)
    await core.start()
    yield core
    await core.stop()


@pytest.fixture
def commits(core: Core) -> Commits:
    return core.commits


async def a_thing(work: Work, identifier: str = "one") -> Thing:
    thing = Thing(id=identifier, key=identifier)
    thing.cost("10.50")
    return work.add(THINGS, thing)


async def withdraw(work: Work, identifier: str = "one") -> Thing:
    thing = await work.load(THINGS, identifier)
    thing.withdraw()
    return thing


async def test_a_document_and_its_events_are_written_together(core: Core) -> None:
    await core.commits.run(a_thing)
    thing = await core.commits.run(withdraw)

    assert thing.position == "product:one:2"
    document = await core.db["things"].find_one({"_id": "one"})
    assert document is not None
    assert document["version"] == 2
    assert document["price"] == {"amount": Decimal("10.50"), "currency": "CNY"}
    events = await core.db["events"].find().sort("seq").to_list()
    assert [event["_id"] for event in events] == ["product:one:1", "product:one:2"]
    assert events[0]["headers"]["ce_type"] == "tianlong.product.price_changed.v1"
    assert events[0]["headers"]["ce_rightsof"] == "product:one"
    assert events[0]["value"].startswith(
        b'{"product_id":"one","list_price":{"amount":"10.50","currency":"CNY"},'
        b'"previous_list_price":null'
    )
    assert all(event["pending"] == 1 for event in events)


async def test_a_thing_reads_back_as_it_was_written(commits: Commits) -> None:
    written = await commits.run(a_thing)

    async def read(work: Work) -> Thing:
        return await work.load(THINGS, "one")

    assert await commits.run(read) == written
    assert ProductId("one") == written.id


async def test_commands_that_overtake_each_other_all_take_effect(commits: Commits) -> None:
    await commits.run(a_thing)
    await asyncio.gather(*(commits.run(withdraw) for _ in range(3)))

    async def read(work: Work) -> Thing:
        return await work.load(THINGS, "one")

    thing = await commits.run(read)
    assert thing.withdrawals == 3
    assert thing.version == 4


async def test_a_birth_that_was_overtaken_is_decided_again_at_once_whatever_else_is_in_its_group(
    commits: Commits,
) -> None:
    """The duplicate must be told as such, also where one unit both makes and changes things."""
    await commits.run(a_thing)

    async def born_or_changed(work: Work) -> None:
        await withdraw(work)
        if await work.find(THINGS, "two") is None:
            await commits.run(lambda other: a_thing(other, "two"))
            await a_thing(work, "two")

    async with asyncio.timeout(3):
        await commits.run(born_or_changed)


async def test_a_unit_that_may_not_decide_again_is_a_conflict(commits: Commits) -> None:
    await commits.run(a_thing)

    async def overtaken(work: Work) -> Thing:
        thing = await withdraw(work)
        await commits.run(withdraw)
        return thing

    with pytest.raises(Conflict):
        await commits.run(overtaken, may_decide_again=False)


async def test_a_refused_command_leaves_nothing_but_what_it_kept(core: Core) -> None:
    await core.commits.run(a_thing)

    async def refuse(work: Work) -> None:
        await withdraw(work)
        refusal = Thing(id="refusal", key="one")
        refusal.withdraw()
        work.keep(THINGS, refusal)
        work.put("copies", {"_id": "x"})
        raise TooManyThings

    with pytest.raises(TooManyThings):
        await core.commits.run(refuse)
    assert await core.db["things"].distinct("_id") == ["one", "refusal"]
    assert await core.db["events"].count_documents({"aggregate": "product:one"}) == 1
    assert await core.db["copies"].count_documents({}) == 0


async def test_of_a_group_only_the_culprit_fails(core: Core) -> None:
    async def add(work: Work, identifier: str) -> Thing:
        return await a_thing(work, identifier)

    async def taken(work: Work) -> Thing:
        # Never looked up, so that only the transaction finds out that it is there.
        return await a_thing(work, "taken")

    await core.commits.run(taken)
    outcomes = await asyncio.gather(
        *(core.commits.run(lambda work, n=n: add(work, f"n{n}")) for n in range(20)),
        core.commits.run(taken, may_decide_again=False),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes] == [Thing] * 20 + [Conflict]
    assert await core.db["things"].count_documents({}) == 21
    assert await core.db["events"].count_documents({}) == 21


async def test_ready_units_share_a_transaction(core: Core) -> None:
    await core.commits.run(lambda work: a_thing(work, "warm-up"))
    before = await core.client.admin.command("serverStatus")
    await asyncio.gather(
        *(core.commits.run(lambda work, n=n: a_thing(work, f"n{n}")) for n in range(60))
    )
    after = await core.client.admin.command("serverStatus")
    committed = after["transactions"]["totalCommitted"] - before["transactions"]["totalCommitted"]
    assert committed <= 10


async def test_a_guard_lets_one_decide_at_a_time(core: Core) -> None:
    async def at_most_three(work: Work, identifier: str) -> Thing:
        await work.guard("at most three")
        if await work.db["things"].count_documents({}) >= 3:
            raise TooManyThings
        return await a_thing(work, identifier)

    outcomes = await asyncio.gather(
        *(core.commits.run(lambda work, n=n: at_most_three(work, f"n{n}")) for n in range(9)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TooManyThings) for one in outcomes) == 6
    assert await core.db["things"].count_documents({}) == 3


async def test_a_guard_holds_between_processes(core: Core, clock: VirtualClock) -> None:
    other = Core(core.settings, name="pipeline", stored=[THINGS], events=TABLE, clock=clock)
    await other.start()

    async def only_one(work: Work, identifier: str) -> Thing:
        await work.guard("only one")
        if await work.db["things"].count_documents({}):
            raise TooManyThings
        return await a_thing(work, identifier)

    outcomes = await asyncio.gather(
        core.commits.run(lambda work: only_one(work, "here")),
        other.commits.run(lambda work: only_one(work, "there")),
        return_exceptions=True,
    )
    await other.stop()
    assert sum(isinstance(one, Thing) for one in outcomes) == 1
    assert await core.db["things"].count_documents({}) == 1


async def test_a_blind_update_is_noticed_by_a_concurrent_replacement(core: Core) -> None:
    await core.commits.run(a_thing)
    seen: list[int] = []

    async def moved_meanwhile(work: Work) -> Thing:
        thing = await withdraw(work)
        if not seen:
            seen.append(1)

            async def move(other: Work) -> None:
                other.update_many("things", {"_id": "one"}, {"$set": {"team_id": "north"}})

            await core.commits.run(move)
        return thing

    thing = await core.commits.run(moved_meanwhile)
    assert thing.team_id == "north"
    document = await core.db["things"].find_one({"_id": "one"})
    assert document is not None
    assert (document["team_id"], document["withdrawals"]) == ("north", 1)


async def test_stopping_finishes_what_was_queued_and_takes_nothing_more(core: Core) -> None:
    first_is_done = asyncio.Event()

    async def add(n: int) -> Thing:
        try:
            return await core.commits.run(lambda work: a_thing(work, f"n{n}"))
        finally:
            first_is_done.set()

    tasks = [asyncio.create_task(add(n)) for n in range(200)]
    await first_is_done.wait()
    await core.commits.stop()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    done = sum(isinstance(one, Thing) for one in outcomes)
    assert await core.db["things"].count_documents({}) == done
    assert all(isinstance(one, Thing | Unavailable) for one in outcomes)
