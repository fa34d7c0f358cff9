"""The log over HTTP: cursors, resuming, and who sees what, on a real Kafka."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiokafka import AIOKafkaProducer
from chassis import kafka
from chassis.received import Message
from chassis.settings import ServiceSettings
from chassis.testkit.running import a_message
from contracts import customers, field, pipeline
from contracts.topics import TOPICS, events_topic
from gateway.live import Listener, Told
from gateway.rights import RIGHTS

from gateway import feed

if TYPE_CHECKING:
    from conftest import Gateway, Listening, RunGateway, Until

REP, OTHER_REP, BOSS = "staff-rep", "staff-other", "staff-boss"
TEAM, OTHER_TEAM = "team-1", "team-2"


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    settings = ServiceSettings(kafka_bootstrap=kafka_bootstrap)
    await kafka.ensure_topics(settings, [TOPICS[name] for name in feed.EVENT_TOPICS])
    made = kafka.producer(settings)
    await made.start()
    yield made
    await made.stop()


async def send(producer: AIOKafkaProducer, *messages: Message) -> None:
    for message in messages:
        await producer.send_and_wait(
            message.topic,
            message.value,
            key=message.key,
            headers=[(name, value.encode()) for name, value in message.headers.items()],
        )


def registered(
    subject: str,
    *,
    owner: str | None = REP,
    team: str | None = TEAM,
    shared: tuple[str, ...] = (),
    sequence: int = 1,
) -> Message:
    profile = customers.CustomerProfile(name=subject, owner_id=owner, collaborator_ids=list(shared))
    return a_message(
        customers.CustomerRegistered(customer_id=subject, profile=profile),
        subject=subject,
        sequence=sequence,
        owner=owner,
        team=team,
    )


def given_to(subject: str, owner: str, team: str, sequence: int) -> Message:
    return a_message(
        customers.CustomerOwnerChanged(customer_id=subject, owner_id=owner, previous_owner_id=REP),
        subject=subject,
        sequence=sequence,
        owner=owner,
        team=team,
    )


def moved(staff_id: str, team: str, sequence: int) -> Message:
    profile = field.StaffProfile(name=staff_id, team_id=team)
    return a_message(
        field.StaffMoved(staff_id=staff_id, profile=profile, previous=profile)
        if sequence > 1
        else field.StaffJoined(staff_id=staff_id, profile=profile),
        subject=staff_id,
        sequence=sequence,
    )


def formed(team: str, leader: str) -> Message:
    return a_message(
        field.TeamFormed(team_id=team, profile=field.TeamProfile(name=team, leader_id=leader)),
        subject=team,
        sequence=1,
    )


@pytest.fixture
async def gateway(
    run_gateway: RunGateway, kafka_bootstrap: str, producer: AIOKafkaProducer
) -> AsyncIterator[Gateway]:
    async with run_gateway(kafka_bootstrap=kafka_bootstrap, heartbeat_seconds=0.2) as running:
        await keep(
            running,
            formed(TEAM, BOSS),
            moved(REP, TEAM, 1),
            moved(OTHER_REP, OTHER_TEAM, 1),
            moved(BOSS, TEAM, 1),
        )
        for name, role, staff_id in (
            ("rep", "rep", REP),
            ("other", "rep", OTHER_REP),
            ("boss", "supervisor", BOSS),
            ("director", "director", None),
            ("integrator", "integrator", None),
        ):
            await running.open_account(name, role, staff_id=staff_id)
        yield running


async def keep(gateway: Gateway, *messages: Message) -> None:
    """Let the gateway's consumer take these."""
    assert gateway.core.intake is not None
    await gateway.core.intake.take(list(messages))


async def here(gateway: Gateway) -> str:
    """A cursor at the end of the log as it is now: other tests write into the same topics."""
    return feed.written(await gateway.app.state.feed.ends())


async def seen(gateway: Gateway, who: str, after: str, **more: Any) -> list[str]:
    client = await gateway.as_(who)
    answer = await client.get("/events", params={"after": after, **more})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_an_event_is_shown_as_it_was_published(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    message = registered(fresh)
    await send(producer, message)
    director = await gateway.as_("director")
    body = (await director.get("/events", params={"after": start})).json()
    [item] = body["items"]
    assert body["is_at_end"] is True
    assert item["id"] == f"customer:{fresh}:1"
    assert item["source"] == "/tianlong/customers"
    assert item["type"] == "tianlong.customer.registered.v1"
    assert item["subject"] == fresh
    assert item["sequence"] == 1
    assert item["owner"] == REP
    assert item["occurredat"] == message.headers["ce_occurredat"]
    assert item["data"] == json.loads(message.value or b"")


async def test_pages_lose_nothing_and_repeat_nothing(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    cursor = await here(gateway)
    sent = [registered(f"{fresh}-{n}") for n in range(23)]
    await send(producer, *sent)
    director = await gateway.as_("director")
    found: list[str] = []
    is_at_end = False
    while not is_at_end:
        answer = await director.get("/events", params={"after": cursor, "limit": 5})
        body = answer.json()
        assert len(body["items"]) <= 5
        found += [item["id"] for item in body["items"]]
        cursor, is_at_end = body["next_cursor"], body["is_at_end"]
    assert sorted(found) == sorted(message.id for message in sent)
    late = registered(f"{fresh}-late")
    await send(producer, late)
    assert await seen(gateway, "director", cursor) == [late.id]


async def test_reading_starts_with_the_first_event_ever(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    await send(producer, registered(fresh))
    director = await gateway.as_("director")
    body = (await director.get("/events", params={"limit": 1})).json()
    assert len(body["items"]) == 1
    positions = feed.read(body["next_cursor"], "/after")
    assert sum(positions) >= 1


async def test_everybody_sees_what_they_may_open_and_nothing_else(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    own = registered(f"{fresh}-own")
    shared = registered(f"{fresh}-shared", owner=BOSS, shared=(REP,))
    foreign = registered(f"{fresh}-foreign", owner=OTHER_REP, team=OTHER_TEAM)
    pooled = registered(f"{fresh}-pooled", owner=None, team=None)
    messages = [own, shared, foreign, pooled]
    await send(producer, *messages)
    await keep(gateway, *messages)
    assert set(await seen(gateway, "rep", start)) == {own.id, shared.id}
    assert set(await seen(gateway, "other", start)) == {foreign.id}
    assert set(await seen(gateway, "boss", start)) == {own.id, shared.id}
    everything = {message.id for message in messages}
    assert set(await seen(gateway, "director", start)) == everything
    assert set(await seen(gateway, "integrator", start)) == everything
    assert await seen(gateway, "admin", start) == [], "no business data for administrators"


async def test_rights_are_those_of_today(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    messages = [registered(fresh), given_to(fresh, OTHER_REP, OTHER_TEAM, 2)]
    await send(producer, *messages)
    assert set(await seen(gateway, "rep", start)) == {messages[0].id}, "not yet kept: as stamped"
    await keep(gateway, *messages)
    assert await seen(gateway, "rep", start) == []
    assert await seen(gateway, "boss", start) == []
    assert await seen(gateway, "other", start) == [message.id for message in messages]


async def test_records_follow_their_owner_to_another_team(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    message = registered(fresh)
    await send(producer, message)
    await keep(gateway, message)
    assert await seen(gateway, "boss", start) == [message.id]
    await keep(gateway, moved(REP, OTHER_TEAM, 2))
    assert await seen(gateway, "boss", start) == []
    assert await seen(gateway, "rep", start) == [message.id]


async def test_the_governing_record_decides(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    refusal = a_message(
        pipeline.GateRefusalRecorded(
            refusal_id=fresh, opportunity_id=fresh, from_stage=1, to_stage=2, missing=["x"]
        ),
        subject=fresh,
        sequence=1,
        owner=REP,
        team=TEAM,
        rights_of=f"opportunity:{fresh}",
    )
    await gateway.core.db[RIGHTS].insert_one(
        {
            "_id": f"opportunity:{fresh}",
            "owner_id": OTHER_REP,
            "team_id": OTHER_TEAM,
            "region": None,
            "collaborator_ids": [],
            "seq": 1,
        }
    )
    await send(producer, refusal)
    await keep(gateway, refusal)
    assert await seen(gateway, "rep", start) == []
    assert await seen(gateway, "other", start) == [refusal.id]


async def test_an_event_sent_twice_is_shown_once(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    message = registered(fresh)
    await send(producer, message, message)
    assert await seen(gateway, "director", start) == [message.id]


async def test_types_can_be_chosen(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    first, second = registered(fresh), given_to(fresh, OTHER_REP, OTHER_TEAM, 2)
    await send(producer, first, second)
    name = "tianlong.customer.owner_changed.v1"
    assert await seen(gateway, "director", start, types=name) == [second.id]
    begins = "tianlong.customer.reg*,tianlong.order.*"
    assert await seen(gateway, "director", start, types=begins) == [first.id]
    assert await seen(gateway, "director", start, types="tianlong.nothing.v1") == []


async def test_a_message_that_cannot_be_read_is_passed_over(
    gateway: Gateway, producer: AIOKafkaProducer, fresh: str
) -> None:
    start = await here(gateway)
    topic = events_topic("customers")
    await producer.send_and_wait(topic, b"\xff", headers=[("ce_id", b"\xff\xfe")])
    message = registered(fresh)
    await send(producer, message)
    assert await seen(gateway, "director", start) == [message.id]


async def test_a_cursor_is_ours_or_refused(gateway: Gateway) -> None:
    director = await gateway.as_("director")
    beyond = feed.written([2**40] * len(feed.PLACES))
    for cursor in ("x", "AAAA", feed.written([1, 2, 3]), beyond):
        answer = await director.get("/events", params={"after": cursor})
        assert answer.status_code == 400, cursor
        assert answer.json()["errors"][0]["code"] == "not-a-cursor"


def test_a_cursor_from_before_a_service_was_added_goes_on() -> None:
    fewer = feed.at_start()[: -feed.PARTITIONS]
    assert feed.read(feed.written(fewer), "/after") == feed.at_start()


async def test_without_kafka_the_feed_says_so(run_gateway: RunGateway) -> None:
    async with run_gateway() as gateway:
        await gateway.open_account("d", "director")
        answer = await (await gateway.as_("d")).get("/events")
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers


class Stream:
    """What an open stream has said so far."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.cursor = ""

    async def next_event(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                found = await self.next_block()
                if "data" in found:
                    event: dict[str, Any] = json.loads(found["data"])
                    return event

    async def to_the_end(self) -> None:
        while True:
            await self.next_block()

    async def next_block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        while (line := (await self.answer.content.readline()).decode()) != "\n":
            if not line:
                raise EOFError
            name, _, value = line.rstrip("\n").partition(": ")
            block[name] = value
        self.cursor = block.get("id", self.cursor)
        return block


@asynccontextmanager
async def streaming(
    gateway: Gateway, listening: Listening, who: str, **headers: str
) -> AsyncIterator[Stream]:
    token = (await gateway.sign_in(who))["access_token"]
    async with (
        listening(gateway.app, lifespan="off") as address,
        aiohttp.ClientSession(address) as session,
        session.get(
            "/api/v1/events/stream",
            headers={"Authorization": f"Bearer {token}", **headers},
        ) as answer,
    ):
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        stream = Stream(answer)
        first = await stream.next_block()
        assert first["id"]
        yield stream


async def test_a_stream_tells_what_happens_now_and_only_what_one_may_see(
    gateway: Gateway, producer: AIOKafkaProducer, listening: Listening, fresh: str
) -> None:
    async with streaming(gateway, listening, "rep") as stream:
        foreign = registered(f"{fresh}-foreign", owner=OTHER_REP, team=OTHER_TEAM)
        own = registered(f"{fresh}-own")
        await send(producer, foreign, own)
        event = await stream.next_event()
        assert event["id"] == own.id


async def test_a_stream_is_taken_up_again_where_it_broke(
    gateway: Gateway, producer: AIOKafkaProducer, listening: Listening, fresh: str
) -> None:
    async with streaming(gateway, listening, "director") as stream:
        first = registered(f"{fresh}-1")
        await send(producer, first)
        assert (await stream.next_event())["id"] == first.id
        cursor = stream.cursor
    missed = [registered(f"{fresh}-{n}") for n in range(2, 9)]
    await send(producer, *missed)
    resumed = {"Last-Event-ID": cursor}
    async with streaming(gateway, listening, "director", **resumed) as stream:
        found = {(await stream.next_event())["id"] for _ in missed}
        assert found == {message.id for message in missed}
        live = registered(f"{fresh}-live")
        await send(producer, live)
        assert (await stream.next_event())["id"] == live.id


async def test_a_silent_stream_says_that_it_lives_and_where_it_is(
    gateway: Gateway, listening: Listening
) -> None:
    async with streaming(gateway, listening, "rep") as stream:
        stream.cursor = ""
        async with asyncio.timeout(5):
            await stream.next_block()
        assert stream.cursor


async def test_a_stream_ends_with_the_session(
    gateway: Gateway, listening: Listening, producer: AIOKafkaProducer
) -> None:
    async with streaming(gateway, listening, "rep") as stream:
        token = stream.answer.request_info.headers["Authorization"].partition(" ")[2]
        await gateway.bearing(token).delete("/session")
        async with asyncio.timeout(5):
            with pytest.raises(EOFError):
                await stream.to_the_end()


async def test_a_listener_that_falls_behind_is_cut_off() -> None:
    listener = Listener()
    told = Told(registered("x"), {}, "cursor")
    for _ in range(1_000):
        listener.tell(told)
    assert not listener.is_cut.is_set()
    listener.tell(told)
    assert listener.is_cut.is_set()


async def test_whoever_left_is_signed_out_and_stays_out(gateway: Gateway, until: Until) -> None:
    rep = await gateway.as_("rep")
    assert (await rep.get("/me")).status_code == 200
    left = field.StaffLeft(
        staff_id=REP, left_on=date(2026, 3, 1), profile=field.StaffProfile(name="rep")
    )
    await keep(gateway, a_message(left, subject=REP, sequence=2))

    async def is_out() -> bool:
        return (await rep.get("/me")).status_code == 401

    await until(is_out)
    again = await gateway.client.post(
        "/session", json={"username": "rep", "password": "correct horse battery staple"}
    )
    assert again.status_code == 401


async def test_the_consumer_itself_keeps_rights(
    run_gateway: RunGateway,
    kafka_bootstrap: str,
    producer: AIOKafkaProducer,
    until: Until,
    fresh: str,
) -> None:
    roles = frozenset({"api", "relay", "worker"})
    async with run_gateway(kafka_bootstrap=kafka_bootstrap, roles=roles, instance=fresh) as gateway:
        await send(producer, registered(fresh, shared=(BOSS,)))

        async def is_kept() -> bool:
            kept = await gateway.core.db[RIGHTS].find_one({"_id": f"customer:{fresh}"})
            return kept is not None and kept["collaborator_ids"] == [BOSS]

        await until(is_kept, seconds=20)


@pytest.fixture
def fresh() -> str:
    """An id that no other test uses."""
    return uuid.uuid4().hex[:12]
