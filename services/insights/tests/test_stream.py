"""The stream on a real Kafka and MongoDB: once, in spite of rebalances, rivals and repeats."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from chassis import kafka
from chassis.core import Core
from contracts import pipeline as wire
from contracts.topics import TOPICS
from insights import store
from insights.fold.cells import merge
from insights.queries import kpis
from insights.settings import Settings
from insights.stream import generations
from insights.stream.folder import Fenced, Folder
from insights.stream.holding import Holding
from insights.stream.loop import Stream
from insights.stream.rebuild import Rebuilding


@asynccontextmanager
async def running(uri: str, bootstrap: str, database: str, instance: str) -> AsyncIterator[Core]:
    settings = Settings(
        mongodb_uri=uri,
        kafka_bootstrap=bootstrap,
        database=database,
        instance=instance,
        retired_seconds=0,
    )
    core = Core(settings, name="insights", stored=store.STORED, indexes=store.INDEXES)
    await core.start()
    try:
        yield core
    finally:
        await core.stop()


class Impatient(Stream):
    """Gives up a silent rival after six seconds instead of thirty."""

    def reader(self) -> AIOKafkaConsumer:
        return kafka.consumer(
            self._settings, group=self.group, session_timeout_ms=6_000, heartbeat_interval_ms=500
        )


def stream_of(core: Core) -> Stream:
    settings = core.settings
    assert isinstance(settings, Settings)
    return Impatient(core, settings, Folder(core.client, core.db), Holding(core))


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.05)


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    settings = Settings(kafka_bootstrap=kafka_bootstrap)
    await kafka.ensure_topics(settings, TOPICS.values())
    found = kafka.producer(settings)
    await found.start()
    yield found
    await found.stop()


async def send(producer: AIOKafkaProducer, records: Any) -> None:
    waiting = [
        await producer.send(
            one.topic,
            one.value,
            key=one.key,
            partition=one.partition,
            headers=list(one.headers),
        )
        for one in records
    ]
    await asyncio.gather(*waiting)


async def ends_of(bootstrap: str) -> dict[TopicPartition, int]:
    reader = kafka.consumer(Settings(kafka_bootstrap=bootstrap))
    await reader.start()
    try:
        found: dict[TopicPartition, int] = await reader.end_offsets(generations.all_inputs())
    finally:
        await reader.stop()
    return found


async def row(core: Core, owner: str) -> dict[str, Any]:
    generation = await generations.active(core.db)
    sums = await kpis.sums_by(core.db, generation, [f"owner:{owner}"], "owner", None, None)
    whole: dict[str, Any] = {}
    for counters in sums.values():
        merge(whole, counters)
    return whole


async def everything(core: Core, generation: int) -> dict[str, Any]:
    """All that is stored of a generation, without its number and its place in the log."""
    found: dict[str, Any] = {}
    for collection in store.FOLDED:
        async for document in core.db[collection].find({"_id": store.prefix(generation)}):
            name = document.pop("_id").split("|", 1)[1]
            document.pop("generation", None)
            document.pop("is_closed", None)
            if "of" in document:
                document["of"] = document["of"].split("|", 1)[1]
            found[f"{collection}|{name}"] = document
    return found


async def test_what_lies_in_the_topics_is_folded_once_however_workers_come_and_go(
    mongodb_uri: str,
    kafka_bootstrap: str,
    database_name: str,
    producer: AIOKafkaProducer,
    log: Any,
    a_deal: Any,
) -> None:
    owner = f"rep-{database_name}"

    def some(first: int, last: int) -> list[Any]:
        return [
            log.say(a_deal(f"{database_name}-{number}", owner=owner), f"{database_name}-{number}")
            for number in range(first, last)
        ]

    async with (
        running(mongodb_uri, kafka_bootstrap, database_name, "1") as one,
        running(mongodb_uri, kafka_bootstrap, database_name, "2") as other,
    ):
        first, second = stream_of(one), stream_of(other)
        await send(producer, some(0, 300))
        await first.start()
        await eventually(lambda: counted(one, owner, 300))
        # A second worker takes half of the partitions while records keep coming.
        sending = asyncio.create_task(send(producer, some(300, 1_200)))
        await second.start()
        await sending
        await eventually(lambda: counted(one, owner, 1_200))
        await eventually(lambda: true(bool(second.partitions)))
        # The first one goes; what it had is taken over.
        await first.stop()
        await send(producer, some(1_200, 1_500))
        await eventually(lambda: counted(one, owner, 1_500))
        await second.stop()


async def test_an_owner_that_was_away_is_fenced_when_it_comes_back(
    mongodb_uri: str, kafka_bootstrap: str, database_name: str, log: Any, a_deal: Any
) -> None:
    records = [log.say(a_deal(f"d{number}"), f"d{number}", key="one") for number in range(4)]
    at = TopicPartition(records[0].topic, records[0].partition)
    async with running(mongodb_uri, kafka_bootstrap, database_name, "1") as core:
        away, heir = Folder(core.client, core.db), Folder(core.client, core.db)
        old = (await generations.open_partitions(core.db, 1, [at]))[at]
        await away.take({old: records[:2]})
        new = (await generations.open_partitions(core.db, 1, [at]))[at]
        await heir.take({new: records[2:3]})
        before = await everything(core, 1)
        with pytest.raises(Fenced):
            await away.take({old: records[2:4]})
        assert await everything(core, 1) == before
        assert not old.states
        # Opened again from its stored offset it goes on, and nothing is counted twice.
        again = (await generations.open_partitions(core.db, 1, [at]))[at]
        await away.take({again: records[2:4]})
        assert (await row(core, "rep"))["total"] == 4


async def test_what_cannot_be_stored_is_held_and_the_others_are_not(
    mongodb_uri: str, kafka_bootstrap: str, database_name: str, log: Any, a_deal: Any, yuan: Any
) -> None:
    stage = wire.StageRef(number=1, code="contact")
    won = wire.OpportunityWon(
        opportunity_id="d1",
        customer_id=None,
        amount=yuan(10**30),
        opened_on=None,
        closed_on=date(2026, 3, 2),
        previous_stage=stage,
    )
    records = [
        log.say(a_deal("d1"), "d1", key="one"),
        log.say(won, "d1", key="one"),
        log.say(a_deal("d2"), "d2", key="one"),
    ]
    at = TopicPartition(records[0].topic, records[0].partition)
    async with running(mongodb_uri, kafka_bootstrap, database_name, "1") as core:
        folder = Folder(core.client, core.db)
        partition = (await generations.open_partitions(core.db, 1, [at]))[at]
        await folder.take({partition: records})
        kept = [one async for one in core.db[store.WAITING].find()]
        assert [(one["seq"], one["why"]) for one in kept] == [(2, "poison")]
        assert (await row(core, "rep")) == {"total": 2, "open": 2, "stage:contact": 2}


async def test_a_log_that_is_begun_anew_is_read_from_its_first_record(
    mongodb_uri: str, kafka_bootstrap: str, database_name: str, log: Any, a_deal: Any
) -> None:
    one, other = (
        log.say(a_deal(name), name, key=key) for name, key in (("d1", "one"), ("d2", "other"))
    )
    places = [TopicPartition(record.topic, record.partition) for record in (one, other)]
    assert places[0] != places[1]
    async with running(mongodb_uri, kafka_bootstrap, database_name, "1") as core:
        folder = Folder(core.client, core.db)
        opened = await generations.open_partitions(core.db, 1, places)
        await folder.take({opened[places[0]]: [one], opened[places[1]]: [other]})
        before = await everything(core, 1)
        await generations.begin_again(core.db, opened[places[0]], 2)
        assert (await row(core, "rep"))["total"] == 1
        again = (await generations.open_partitions(core.db, 1, places[:1]))[places[0]]
        assert (again.next, again.epoch) == (0, 2)
        await folder.take({again: [one]})
        after = await everything(core, 1)
        offset = f"stream_offsets|{again.source}"
        assert after.pop(offset)["epoch"] == 2
        before.pop(offset)
        assert after == before


async def test_a_rebuild_gives_the_same_field_by_field_and_serves_meanwhile(
    mongodb_uri: str,
    kafka_bootstrap: str,
    database_name: str,
    producer: AIOKafkaProducer,
    sample_log: Any,
) -> None:
    await send(producer, list(sample_log.all())[:6_000])
    ends = await ends_of(kafka_bootstrap)
    async with running(mongodb_uri, kafka_bootstrap, database_name, "1") as core:
        settings = core.settings
        assert isinstance(settings, Settings)
        stream = stream_of(core)
        await stream.start()
        await eventually(lambda: is_caught_up(stream, ends))
        before = await everything(core, 1)
        assert len(before) > 1_000
        done = await Rebuilding(core, settings).run()
        assert done["state"] == "done"
        assert await generations.active(core.db) == 2
        assert await everything(core, 2) == before
        assert await everything(core, 1) == {}
        assert await core.db["events"].count_documents({}) == 0
        # The worker notices that its generation is closed, and goes on with the new one.
        await eventually(lambda: true(_generations(stream) == {2}))
        await stream.stop()


def _generations(stream: Stream) -> set[int]:
    return {one.generation for one in stream.partitions.values()}


async def is_caught_up(stream: Stream, ends: dict[TopicPartition, int]) -> bool:
    if stream.partitions.keys() != ends.keys():
        return False
    return all(partition.next >= ends[at] for at, partition in stream.partitions.items())


async def counted(core: Core, owner: str, number: int) -> bool:
    found = (await row(core, owner)).get("total", 0)
    assert found <= number, "counted twice"
    return bool(found == number)


async def true(value: bool) -> bool:
    return value
