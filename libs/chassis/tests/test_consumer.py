"""The Kafka door on a real broker: offsets follow effects, and are only a bookmark."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from chassis import kafka
from chassis.consumer import SUBSCRIPTIONS, Consumer, Records
from chassis.core import Core
from chassis.intake import Handler, Subscription
from chassis.received import Message, Received
from chassis.settings import ServiceSettings
from chassis.testkit import a_message
from chassis.work import Work
from contracts import field
from contracts.envelope import Event
from contracts.field import StaffJoined, StaffProfile
from contracts.topics import KEPT_FOR_EVER, Topic
from pymongo import AsyncMongoClient

PARTITIONS = 3


async def note(work: Work, event: Received[Any]) -> None:
    seen = await work.document("notes", event.aggregate) or {"_id": event.aggregate, "seen": []}
    work.put("notes", seen | {"seen": [*seen["seen"], event.sequence]})


@pytest.fixture
async def topic(kafka_bootstrap: str) -> str:
    name = f"topic-{uuid.uuid4().hex[:8]}"
    await kafka.ensure_topics(
        ServiceSettings(kafka_bootstrap=kafka_bootstrap),
        [Topic(name, "test", (), PARTITIONS, KEPT_FOR_EVER)],
    )
    return name


class Bench:
    """One topic, one group, and as many of its workers as a test starts."""

    def __init__(self, settings: ServiceSettings, topic: str) -> None:
        self.topic = topic
        self.settings = settings
        self.group = f"group-{uuid.uuid4().hex[:8]}"
        self.parts: list[Any] = []
        self._producer: Any = None

    async def core(self, **changes: Any) -> Core:
        core = Core(self.settings.model_copy(update=changes), name=self.group)
        await core.start()
        self.parts.append(core)
        return core

    async def worker(
        self,
        handlers: dict[type[Event], Handler] | None = None,
        kind: type[Consumer] = Consumer,
        **changes: Any,
    ) -> Consumer:
        handlers = {StaffJoined: note} if handlers is None else handlers
        consumer = kind(await self.core(**changes), [Subscription(self.topic, handlers)])
        await consumer.start()
        self.parts.append(consumer)
        return consumer

    async def send(self, *messages: Message) -> None:
        if self._producer is None:
            self._producer = kafka.producer(self.settings)
            await self._producer.start()
        for one in messages:
            headers = [(name, value.encode()) for name, value in one.headers.items()]
            await self._producer.send_and_wait(self.topic, one.value, key=one.key, headers=headers)

    async def committed(self) -> int:
        """The sum of the group's stored offsets."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self.group)
            return sum(at.offset for at in found.values())
        finally:
            await admin.close()

    async def stop(self) -> None:
        for part in reversed(self.parts):
            await part.stop()
        if self._producer is not None:
            await self._producer.stop()


@pytest.fixture
async def bench(
    mongodb_uri: str, kafka_bootstrap: str, database_name: str, topic: str
) -> AsyncIterator[Bench]:
    settings = ServiceSettings(
        mongodb_uri=mongodb_uri, kafka_bootstrap=kafka_bootstrap, database=database_name
    )
    bench = Bench(settings, topic)
    yield bench
    await bench.stop()


@pytest.fixture
async def db(mongodb_uri: str, database_name: str) -> AsyncIterator[Any]:
    async with AsyncMongoClient(mongodb_uri) as client:
        yield client[database_name]


def joined(subject: str, sequence: int) -> Message:
    payload = StaffJoined(staff_id=field.StaffId(subject), profile=StaffProfile(name=subject))
    return a_message(payload, subject=subject, sequence=sequence)


def formed(subject: str, sequence: int) -> Message:
    payload = field.TeamFormed(
        team_id=field.TeamId(subject), profile=field.TeamProfile(name=subject)
    )
    return a_message(payload, subject=subject, sequence=sequence)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition lies in the database
            await asyncio.sleep(0.02)


async def seen(db: Any) -> dict[str, list[int]]:
    return {one["_id"]: one["seen"] async for one in db["notes"].find()}


def have(db: Any, expected: dict[str, list[int]]) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return await seen(db) == expected

    return condition


async def test_events_of_all_partitions_arrive_and_offsets_follow(bench: Bench, db: Any) -> None:
    await bench.worker()
    await bench.send(*(joined(f"s{n}", seq) for seq in (1, 2) for n in range(20)))
    await until(have(db, {f"staff:s{n}": [1, 2] for n in range(20)}))

    async def stored() -> bool:
        return await bench.committed() == 40

    await until(stored)


class DiesBeforeBookmark(Consumer):
    """Its process ends between the effect and the bookmark."""

    async def _bookmark(self, reader: AIOKafkaConsumer) -> None:
        await asyncio.Event().wait()


async def test_what_took_effect_before_a_crash_is_not_repeated_after_it(
    bench: Bench, db: Any
) -> None:
    first = await bench.worker(kind=DiesBeforeBookmark)
    await bench.send(joined("a", 1), joined("a", 2))
    await until(have(db, {"staff:a": [1, 2]}))
    assert await bench.committed() <= 0, "the offset comes after the effect"
    await first.stop()
    await bench.send(joined("a", 3))
    await bench.worker()
    await until(have(db, {"staff:a": [1, 2, 3]}))


class DiesBeforeEffect(Consumer):
    """Its process ends with a batch in its hands."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.has_batch = asyncio.Event()

    async def _affect(self, records: Records) -> None:
        self.has_batch.set()
        await asyncio.Event().wait()


async def test_a_batch_lost_with_its_process_is_read_again(bench: Bench, db: Any) -> None:
    first = await bench.worker(kind=DiesBeforeEffect)
    assert isinstance(first, DiesBeforeEffect)
    await bench.send(joined("a", 1), joined("b", 1))
    async with asyncio.timeout(20):
        await first.has_batch.wait()
    await first.stop()
    await bench.worker()
    await until(have(db, {"staff:a": [1], "staff:b": [1]}))


async def test_a_restarted_worker_reads_on_without_waiting_for_its_ghost(
    bench: Bench, db: Any
) -> None:
    """Static membership: the session of the one that died (30 s) need not run out."""
    first = await bench.worker(kind=DiesBeforeEffect)
    assert isinstance(first, DiesBeforeEffect)
    await bench.send(joined("a", 1))
    async with asyncio.timeout(20):
        await first.has_batch.wait()
    # Nothing is said to the group: the first one only stops reading, its membership stands.
    await bench.worker()
    await until(have(db, {"staff:a": [1]}), seconds=10)


class Assigned(Consumer):
    """Tells when it has partitions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.has_partitions = asyncio.Event()

    async def round(self, reader: AIOKafkaConsumer) -> None:
        await super().round(reader)
        if reader.assignment():
            self.has_partitions.set()


async def test_a_worker_whose_partitions_were_taken_in_the_middle_does_no_harm(
    bench: Bench, db: Any
) -> None:
    is_in_the_middle, gate = asyncio.Event(), asyncio.Event()

    async def slowly(work: Work, event: Received[Any]) -> None:
        await note(work, event)
        is_in_the_middle.set()
        await gate.wait()

    await bench.send(*(joined(f"s{n}", seq) for seq in (1, 2, 3) for n in range(12)))
    await bench.worker({StaffJoined: slowly}, instance="1")
    second = await bench.worker(kind=Assigned, instance="2")
    assert isinstance(second, Assigned)
    async with asyncio.timeout(30):
        await is_in_the_middle.wait()
        await second.has_partitions.wait()
    await bench.send(*(joined(f"s{n}", 4) for n in range(12)))

    async def second_has_begun() -> bool:
        return len(await seen(db)) > 0

    await until(second_has_begun)
    gate.set()
    await until(have(db, {f"staff:s{n}": [1, 2, 3, 4] for n in range(12)}))


async def test_a_type_subscribed_to_later_is_read_from_its_beginning(bench: Bench, db: Any) -> None:
    first = await bench.worker({StaffJoined: note})
    await bench.send(*(joined(f"s{n}", 1) for n in range(6)), *(formed("t", n) for n in (1, 2)))
    await until(have(db, {f"staff:s{n}": [1] for n in range(6)}))

    async def stored() -> bool:
        return await bench.committed() == 8

    await until(stored)
    await first.stop()
    await bench.send(formed("t", 3), joined("s0", 2))
    await bench.worker({StaffJoined: note, field.TeamFormed: note})
    expected = {f"staff:s{n}": [1] for n in range(1, 6)} | {"staff:s0": [1, 2]}
    await until(have(db, expected | {"team:t": [1, 2, 3]}))
    assert await db["held"].count_documents({}) == 0, "without the back-fill it would be a gap"
    known = await db[SUBSCRIPTIONS].find_one({"_id": f"{bench.topic}:0"})
    assert known["types"] == ["staff", "team"]


async def test_null_and_broken_headers_do_not_stop_a_partition(bench: Bench, db: Any) -> None:
    await bench.worker()
    producer = kafka.producer(bench.settings)
    await producer.start()
    try:
        for headers in ([("ce_id", None)], [("ce_id", b"\xff")], [], [("ce_type", b"\xc3\x28")]):
            await producer.send_and_wait(bench.topic, b"{}", key=b"a", headers=headers)
    finally:
        await producer.stop()
    await bench.send(joined("a", 1))
    await until(have(db, {"staff:a": [1]}))
    assert await db["held"].count_documents({"reason": "poison"}) == 4
