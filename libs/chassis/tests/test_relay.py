"""From the event log to Kafka: what is pending arrives, in order, and is marked only then."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import OutOfOrderSequenceNumber
from chassis import kafka
from chassis.clock import VirtualClock
from chassis.core import Core
from chassis.mongo import Database, Document
from chassis.relay import NotSent, Relay
from chassis.settings import ServiceSettings
from chassis.watermarks import Watermarks
from contracts.topics import KEPT_FOR_EVER, LATEST_ONLY, Topic

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def settings(mongodb_uri: str, kafka_bootstrap: str, database_name: str) -> ServiceSettings:
    return ServiceSettings(
        mongodb_uri=mongodb_uri,
        database=database_name,
        kafka_bootstrap=kafka_bootstrap,
        relay_poll_seconds=0.05,
        watermark_seconds=0.05,
    )


@pytest.fixture
def service() -> str:
    return f"service-{uuid.uuid4().hex[:8]}"


CoreAt = Callable[..., Core]


@pytest.fixture
async def core_at(settings: ServiceSettings, service: str) -> AsyncIterator[CoreAt]:
    made: list[Core] = []

    def at(now: datetime = START, **changes: Any) -> Core:
        changed = settings.model_copy(update=changes)
        made.append(Core(changed, name=service, clock=VirtualClock(now)))
        return made[-1]

    yield at
    for core in made:
        await core.client.close()


@pytest.fixture
async def db(core_at: CoreAt) -> Database:
    return core_at().db


@pytest.fixture
async def topic(settings: ServiceSettings, service: str) -> str:
    name = f"{service}.events.v1"
    await kafka.ensure_topics(
        settings,
        [
            Topic(name, service, (), 2, KEPT_FOR_EVER),
            Topic(f"{service}.watermarks.v1", service, (), 1, LATEST_ONLY),
        ],
    )
    return name


def an_event(
    topic: str, aggregate: str, seq: int, *, recorded_at: datetime = START, key: str | None = None
) -> Document:
    return {
        "_id": f"{aggregate}:{seq}",
        "aggregate": aggregate,
        "seq": seq,
        "topic": topic,
        "key": key or aggregate,
        "type": "tianlong.thing.done.v1",
        "headers": {"ce_id": f"{aggregate}:{seq}", "ce_type": "tianlong.thing.done.v1"},
        "value": b"{}",
        "recorded_at": recorded_at,
        "occurred_at": recorded_at,
        "command": "c",
        "pending": 1,
    }


async def records(settings: ServiceSettings, topic: str, count: int) -> list[Any]:
    """The first `count` records of a topic; fails when they do not come."""
    reader = kafka.consumer(settings, topic)
    await reader.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                for slice_ in (await reader.getmany(timeout_ms=200)).values():
                    found += slice_
    finally:
        await reader.stop()
    return found


def ids(found: list[Any]) -> list[str]:
    return [dict(record.headers)["ce_id"].decode() for record in found]


async def pending(db: Database) -> set[str]:
    return {event["_id"] async for event in db["events"].find({"pending": 1})}


async def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition lies in the database
            await asyncio.sleep(0.02)


class Refusing(Relay):
    """A relay whose Kafka does not take certain events."""

    refused: set[str] = set()

    async def _send(self, events: list[Document]) -> set[str]:
        taken = [event for event in events if event["_id"] not in self.refused]
        return await super()._send(taken) | {
            event["_id"] for event in events if event["_id"] in self.refused
        }


@pytest.fixture
async def relays() -> AsyncIterator[list[Relay]]:
    made: list[Relay] = []
    yield made
    for relay in made:
        await relay.stop()


async def test_what_is_pending_arrives_with_id_key_and_log_epoch_and_is_marked(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    await db["control"].insert_one({"_id": "log", "epoch": 3})
    await db["events"].insert_one(an_event(topic, "thing:a", 1, key="k"))
    relays.append(Relay(core_at()))
    assert await relays[0].publish_page() == 1
    [record] = await records(settings, topic, 1)
    assert record.key == b"k"
    assert dict(record.headers) == {
        "ce_id": b"thing:a:1",
        "ce_type": b"tianlong.thing.done.v1",
        "ce_logepoch": b"3",
    }
    assert await pending(db) == set()


async def test_a_predecessor_cut_off_by_the_page_goes_first(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    late = START + timedelta(seconds=1)
    await db["events"].insert_many(
        [
            an_event(topic, "thing:a", 1, recorded_at=late),
            an_event(topic, "thing:a", 2, recorded_at=late),
            an_event(topic, "thing:a", 3),
            an_event(topic, "thing:b", 1),
        ]
    )
    relays.append(Relay(core_at(), page=2))
    while await relays[0].publish_page():
        pass
    found = [name for name in ids(await records(settings, topic, 4)) if name.startswith("thing:a")]
    assert found == ["thing:a:1", "thing:a:2", "thing:a:3"]


async def test_events_of_one_page_go_by_sequence_not_by_recording_time(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    await db["events"].insert_many(
        [
            an_event(topic, "thing:a", seq, recorded_at=START - timedelta(seconds=seq))
            for seq in (1, 2, 3)
        ]
    )
    relays.append(Relay(core_at()))
    await relays[0].publish_page()
    assert ids(await records(settings, topic, 3)) == ["thing:a:1", "thing:a:2", "thing:a:3"]


async def test_only_what_was_sent_and_has_no_failed_predecessor_is_marked(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    await db["events"].insert_many(
        [an_event(topic, "thing:a", seq) for seq in (1, 2, 3)] + [an_event(topic, "thing:b", 1)]
    )
    relay = Refusing(core_at())
    relays.append(relay)
    relay.refused = {"thing:a:2"}
    with pytest.raises(NotSent):
        await relay.publish_page()
    assert await pending(db) == {"thing:a:2", "thing:a:3"}
    relay.refused = set()
    await relay.publish_page()
    found = [name for name in ids(await records(settings, topic, 5)) if name.startswith("thing:a")]
    assert found == ["thing:a:1", "thing:a:3", "thing:a:2", "thing:a:3"]
    assert await pending(db) == set()


class BrokenOnce(Relay):
    """A relay whose first producer has lost count."""

    producers = 0

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self.producers += 1
        return await super()._started_producer()

    async def _send(self, events: list[Document]) -> set[str]:
        await self._started_producer()
        if self.producers == 1:
            raise OutOfOrderSequenceNumber
        return await super()._send(events)


async def test_a_producer_that_lost_count_is_made_anew(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    await db["events"].insert_one(an_event(topic, "thing:a", 1))
    relay = BrokenOnce(core_at())
    relays.append(relay)
    await relay.start()
    assert ids(await records(settings, topic, 1)) == ["thing:a:1"]
    assert relay.producers == 2


async def test_a_commit_wakes_the_relay_long_before_its_poll(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    await db["events"].insert_one(an_event(topic, "thing:a", 1))
    relays.append(Relay(core_at(relay_poll_seconds=60.0)))
    await relays[0].start()

    async def nothing_pending() -> bool:
        return not await pending(db)

    await until(nothing_pending)
    for seq in range(2, 6):
        await db["events"].insert_one(an_event(topic, "thing:a", seq))
        await until(nothing_pending)
    assert ids(await records(settings, topic, 5)) == [f"thing:a:{seq}" for seq in range(1, 6)]


async def test_of_two_relays_the_one_with_the_lease_publishes_and_the_other_takes_over(
    db: Database, core_at: CoreAt, settings: ServiceSettings, topic: str, relays: list[Relay]
) -> None:
    first = Relay(core_at())
    second = Relay(core_at(instance="2"))
    relays += [second]
    await first.start()

    async def nothing_pending() -> bool:
        return not await pending(db)

    await db["events"].insert_many([an_event(topic, f"thing:{n}", 1) for n in range(50)])
    await until(nothing_pending)
    await second.start()
    await db["events"].insert_many([an_event(topic, f"thing:{n}", 2) for n in range(50)])
    await until(nothing_pending)
    await first.stop()
    await db["events"].insert_many([an_event(topic, f"thing:{n}", 3) for n in range(50)])
    await until(nothing_pending)
    assert len(await records(settings, topic, 150)) == 150


@pytest.fixture
async def clients(settings: ServiceSettings) -> AsyncIterator[tuple[Any, Any]]:
    producer, reader = kafka.producer(settings), kafka.consumer(settings)
    await producer.start()
    await reader.start()
    yield producer, reader
    await reader.stop()
    await producer.stop()


async def test_a_watermark_lies_behind_everything_recorded_before_it(
    db: Database,
    core_at: CoreAt,
    settings: ServiceSettings,
    topic: str,
    service: str,
    relays: list[Relay],
    clients: tuple[Any, Any],
) -> None:
    events = [an_event(topic, f"thing:{n}", 1) for n in range(20)]
    await db["events"].insert_many(events)
    now = START + timedelta(seconds=16)
    assert not await Watermarks(core_at(now)).write(*clients), "events before T are pending"
    assert await Watermarks(core_at(START + timedelta(seconds=15))).write(*clients), (
        "none before T is"
    )
    relays.append(Relay(core_at()))
    await relays[0].publish_page()
    assert await Watermarks(core_at(now)).write(*clients)
    found = await records(settings, f"{service}.watermarks.v1", 2)
    first, last = (msgspec.json.decode(record.value) for record in found)
    assert first == {"T": "2026-03-02T01:00:00.000Z", "offsets": {"0": 0, "1": 0}, "epoch": 1}
    assert last["T"] == "2026-03-02T01:00:01.000Z"
    assert {record.key for record in found} == {b"watermark"}
    published = await records(settings, topic, 20)
    assert all(record.offset < last["offsets"][str(record.partition)] for record in published)
    assert sum(last["offsets"].values()) == 20


async def test_watermarks_come_by_themselves_also_when_nothing_happens(
    core_at: CoreAt, settings: ServiceSettings, topic: str, service: str
) -> None:
    part = Watermarks(core_at())
    await part.start()
    try:
        assert len(await records(settings, f"{service}.watermarks.v1", 3)) >= 3
    finally:
        await part.stop()
