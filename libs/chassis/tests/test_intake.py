"""What becomes of messages: every effect once, in order, and nothing lost or in the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from chassis import operations, organisation
from chassis.clock import VirtualClock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.http import create_app as http_app
from chassis.intake import NotApplied, StillWaiting, Subscription
from chassis.problems import Conflict, NotFound, Unavailable, ValidationFailed
from chassis.received import Message, Received, message_of
from chassis.settings import ServiceSettings
from chassis.testkit import Running, a_message, deliver, published, service
from chassis.work import Work
from contracts import field
from contracts.field import StaffJoined, StaffProfile, TeamFormed, TeamProfile
from contracts.topics import events_topic
from fastapi import FastAPI
from pymongo.errors import AutoReconnect

TOPIC = events_topic("field")


class Refusing(Exception):
    """A handler's own mistake."""


class Notes:
    """A handler that writes down what it sees, and fails where it is told to."""

    def __init__(self) -> None:
        self.poisons: set[str] = set()
        self.passing: list[Exception] = []
        self.calls = 0

    async def on_event(self, work: Work, event: Received[Any]) -> None:
        self.calls += 1
        seen = await work.document("notes", event.aggregate) or {"_id": event.aggregate, "seen": []}
        work.put("notes", seen | {"seen": [*seen["seen"], event.sequence]})
        if self.passing:
            raise self.passing.pop()
        if event.id in self.poisons:
            raise Refusing(event.id)


NOTES = Notes()


def create_app(settings: ServiceSettings, *, clock: VirtualClock | None = None) -> FastAPI:
    core = Core(settings, name="insights", clock=clock)
    handlers = {StaffJoined: NOTES.on_event, field.StaffLeft: NOTES.on_event}
    return http_app(
        core, routers=[operations.router], parts=[Consumer(core, [Subscription(TOPIC, handlers)])]
    )


@pytest.fixture
async def reader(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Running]:
    NOTES.__init__()  # type: ignore[misc]
    async with service(create_app, mongodb_uri, clock=clock) as running:
        yield running


def joined(subject: str, sequence: int, **more: Any) -> Message:
    payload = StaffJoined(staff_id=field.StaffId(subject), profile=StaffProfile(name=subject))
    return a_message(payload, subject=subject, sequence=sequence, **more)


async def take(running: Running, messages: Sequence[Message]) -> None:
    assert running.core.intake is not None
    await running.core.intake.take(list(messages))


async def seen(running: Running, subject: str) -> list[int]:
    found = await running.db["notes"].find_one({"_id": f"staff:{subject}"})
    return found["seen"] if found else []


async def held(running: Running) -> dict[str, str]:
    return {one["_id"]: one["reason"] async for one in running.db["held"].find({"state": "held"})}


async def replay(running: Running, held_id: str) -> None:
    intake = running.core.intake
    assert intake is not None
    await running.commits.run(lambda work: intake.replay(work, held_id), actor="staff:operator")


async def skip(running: Running, held_id: str, reason: str) -> None:
    intake = running.core.intake
    assert intake is not None
    await running.commits.run(
        lambda work: intake.skip(work, held_id, reason), actor="staff:operator"
    )


async def test_an_event_takes_effect_once_however_often_it_comes(reader: Running) -> None:
    await take(reader, [joined("a", 1), joined("a", 1), joined("a", 2)])
    await take(reader, [joined("a", 1), joined("a", 2), joined("a", 3)])
    assert await seen(reader, "a") == [1, 2, 3]


async def test_disorder_is_put_in_order_also_across_batches(reader: Running) -> None:
    await take(reader, [joined("a", 2), joined("a", 1), joined("a", 4)])
    assert await seen(reader, "a") == [1, 2]
    assert await held(reader) == {"staff:a:4": "gap"}
    await take(reader, [joined("a", 5), joined("a", 4)])
    assert await held(reader) == {"staff:a:4": "gap", "staff:a:5": "gap"}
    await take(reader, [joined("a", 3)])
    assert await seen(reader, "a") == [1, 2, 3, 4, 5]
    assert await held(reader) == {}


async def test_a_poison_is_held_and_everything_else_goes_on(reader: Running) -> None:
    NOTES.poisons = {"staff:b:2"}
    messages = [joined(who, seq) for seq in (1, 2, 3) for who in "abc"]
    await take(reader, messages)
    assert [await seen(reader, who) for who in "abc"] == [[1, 2, 3], [1], [1, 2, 3]]
    assert await held(reader) == {"staff:b:2": "poison", "staff:b:3": "behind"}
    NOTES.poisons = set()
    await take(reader, messages)
    assert await seen(reader, "b") == [1], "delivered again, it stays held until somebody acts"


async def test_a_held_message_is_told_on_the_dead_letter_topic(reader: Running) -> None:
    NOTES.poisons = {"staff:a:1"}
    async with published(reader.db) as events:
        await take(reader, [joined("a", 1)])
    [notice] = events.documents
    assert notice["topic"] == "insights.dlq"
    assert b"staff:a:1" in notice["value"]
    assert notice["pending"] == 1


async def test_replay_applies_the_message_and_what_waits_behind_it(reader: Running) -> None:
    NOTES.poisons = {"staff:a:1"}
    await take(reader, [joined("a", seq) for seq in (1, 2, 3)])
    with pytest.raises(NotApplied):
        await replay(reader, "staff:a:1")
    with pytest.raises(StillWaiting):
        await replay(reader, "staff:a:2")
    NOTES.poisons = set()
    await replay(reader, "staff:a:1")
    assert await seen(reader, "a") == [1, 2, 3]
    assert await held(reader) == {}
    with pytest.raises(NotFound):
        await replay(reader, "staff:a:1")


async def test_a_skipped_message_is_passed_over_also_by_a_rebuild(
    reader: Running, mongodb_uri: str, clock: VirtualClock
) -> None:
    NOTES.poisons = {"staff:a:2"}
    messages = [joined("a", seq) for seq in (1, 2, 3)]
    await take(reader, messages)
    await skip(reader, "staff:a:2", "a test entry")
    assert await seen(reader, "a") == [1, 3]
    kept = await reader.db["held"].find_one({"_id": "staff:a:2"})
    assert kept is not None
    assert (kept["state"], kept["skip_reason"]) == ("skipped", "a test entry")
    await reader.db.drop_collection("guards")
    await reader.db.drop_collection("notes")
    NOTES.poisons = set()
    async with service(create_app, mongodb_uri, clock=clock, database=reader.db.name) as again:
        await take(again, messages)
        assert await seen(again, "a") == [1, 3]


async def test_skipping_before_a_gap_passes_over_what_never_came(reader: Running) -> None:
    await take(reader, [joined("a", 1), joined("a", 4), joined("a", 5)])
    await skip(reader, "staff:a:4", "lost by the old system")
    assert await seen(reader, "a") == [1, 4, 5]
    await take(reader, [joined("a", 2), joined("a", 3)])
    assert await seen(reader, "a") == [1, 4, 5]


async def test_a_poison_among_the_released_is_held_not_the_one_that_released_it(
    reader: Running,
) -> None:
    NOTES.poisons = {"staff:a:2"}
    await take(reader, [joined("a", 2), joined("a", 3)])
    await take(reader, [joined("a", 1), joined("b", 1)])
    assert await seen(reader, "a") == [1]
    assert await seen(reader, "b") == [1]
    assert (await held(reader))["staff:a:2"] == "poison"


class Record:
    """A record of aiokafka, as far as we look at it."""

    def __init__(self, message: Message, headers: dict[str, bytes | None]) -> None:
        self.topic, self.partition, self.offset = message.topic, message.partition, message.offset
        self.key, self.value = message.key, message.value
        raw: dict[str, bytes | None] = {
            name: value.encode() for name, value in message.headers.items()
        }
        self.headers = list((raw | headers).items())


@pytest.mark.parametrize("broken", [None, b"\xff\xfe"])
@pytest.mark.parametrize("header", ["ce_owner", "ce_type", "ce_id"])
async def test_a_header_that_is_null_or_not_text_is_held_and_blocks_nobody(
    reader: Running, header: str, broken: bytes | None
) -> None:
    bad = message_of(Record(joined("a", 1), {header: broken}))
    await take(reader, [bad, joined("b", 1), joined("a", 2)])
    assert await seen(reader, "b") == [1]
    assert bad.id in await held(reader)
    assert await seen(reader, "a") == [], "its successors wait, or are a gap"
    await take(reader, [bad])
    assert len([one for one in await held(reader) if one == bad.id]) == 1


async def test_headers_of_strangers_may_be_anything(reader: Running) -> None:
    await take(reader, [message_of(Record(joined("a", 1), {"x-tracing": None, "y": b"\xff"}))])
    assert await seen(reader, "a") == [1]


async def test_an_unknown_type_blocks_nobody_and_leaves_no_gap(reader: Running) -> None:
    strange = joined("a", 2)
    strange.headers["ce_type"] = "tianlong.staff.promoted.v1"
    stranger = joined("x", 1)
    stranger.headers.update(ce_type="tianlong.weather.changed.v1", ce_id="weather:x:7")
    moved = a_message(
        field.StaffMoved(
            staff_id=field.StaffId("a"),
            profile=StaffProfile(name="a"),
            previous=StaffProfile(name="a"),
        ),
        subject="a",
        sequence=3,
    )
    await take(reader, [joined("a", 1), strange, stranger, moved, joined("a", 4)])
    assert await seen(reader, "a") == [1, 4]
    assert await held(reader) == {}
    assert await reader.db["guards"].find_one({"_id": "weather:x"}) is None


async def test_a_value_that_is_not_what_its_type_promises_is_held(reader: Running) -> None:
    await take(
        reader,
        [joined("a", 1)._replace(value=b"{"), joined("b", 1)._replace(value=None), joined("c", 1)],
    )
    assert await held(reader) == {"staff:a:1": "poison", "staff:b:1": "poison"}
    assert await seen(reader, "c") == [1]


async def test_trouble_with_the_database_is_waited_for_and_is_no_messages_fault(
    reader: Running,
) -> None:
    NOTES.passing = [AutoReconnect("away"), Unavailable(), Conflict(), AutoReconnect("away")]
    await take(reader, [joined("a", 1), joined("b", 1)])
    assert await seen(reader, "a") == [1]
    assert await seen(reader, "b") == [1]
    assert await held(reader) == {}


async def test_two_workers_with_the_same_messages_have_each_effect_once(
    reader: Running, mongodb_uri: str, clock: VirtualClock
) -> None:
    messages = [joined(who, seq) for seq in range(1, 11) for who in "abcdefgh"]
    async with service(create_app, mongodb_uri, clock=clock, database=reader.db.name) as other:
        await asyncio.gather(
            *(take(reader, messages[n : n + 20]) for n in range(0, 80, 20)),
            *(take(other, messages[n : n + 20]) for n in range(0, 80, 20)),
        )
    assert [await seen(reader, who) for who in "abcdefgh"] == [list(range(1, 11))] * 8
    assert await held(reader) == {}


async def test_a_reader_waits_until_the_event_has_taken_effect(reader: Running) -> None:
    assert reader.core.wait_for is not None
    waiting = asyncio.create_task(reader.core.wait_for([("staff:a", 2)], 5))
    await take(reader, [joined("a", 1)])
    assert not waiting.done()
    await take(reader, [joined("a", 2)])
    await waiting


async def test_waiting_ends_at_the_deadline_and_at_once_if_the_event_is_held(
    reader: Running,
) -> None:
    wait_for = reader.core.wait_for
    assert wait_for is not None
    with pytest.raises(Unavailable):
        await wait_for([("staff:a", 1)], 0.1)
    NOTES.poisons = {"staff:a:1"}
    await take(reader, [joined("a", 1), joined("a", 2)])
    async with asyncio.timeout(2):
        with pytest.raises(Unavailable, match="held"):
            await wait_for([("staff:a", 1)], 60)
        with pytest.raises(Unavailable, match="held"):
            await wait_for([("staff:a", 2)], 60)
    with pytest.raises(ValidationFailed):
        await wait_for([("weather:a", 1)], 1)


def create_following(settings: ServiceSettings, *, clock: VirtualClock | None = None) -> FastAPI:
    core = Core(settings, name="customers", clock=clock)
    return http_app(
        core, routers=[], parts=[Consumer(core, [organisation.subscription(follow=["deals"])])]
    )


async def test_records_follow_their_owner_to_another_team_and_region(
    mongodb_uri: str, clock: VirtualClock
) -> None:
    def team(name: str, **more: Any) -> TeamFormed:
        return TeamFormed(team_id=field.TeamId(name), profile=TeamProfile(name=name, **more))

    async with service(create_following, mongodb_uri, clock=clock) as running:
        await running.db["deals"].insert_one({"_id": "d", "owner_id": "a", "team_id": None})
        await deliver(running, team("east", kind="region", region="East"), subject="east")
        await deliver(running, team("t1", parent_id="east"), subject="t1")
        profile = StaffProfile(name="A", team_id=field.TeamId("t1"))
        await deliver(
            running, StaffJoined(staff_id=field.StaffId("a"), profile=profile), subject="a"
        )
        deal = await running.db["deals"].find_one({"_id": "d"})
        assert deal is not None
        assert (deal["team_id"], deal["region"]) == ("t1", "East")
        after = StaffProfile(name="A", team_id=field.TeamId("t2"))
        moved = field.StaffMoved(staff_id=field.StaffId("a"), profile=after, previous=profile)
        await deliver(running, moved, subject="a")
        await deliver(running, team("t2", region="West"), subject="t2")
        deal = await running.db["deals"].find_one({"_id": "d"})
        assert deal is not None
        assert (deal["team_id"], deal["region"]) == ("t2", "West")
        told = await running.commits.run(lambda work: organisation.stamp(work, "a"))
        assert told == ("a", "t2", "West", True, "A")


async def test_an_operator_sees_replays_and_skips_what_is_held(reader: Running) -> None:
    NOTES.poisons = {"staff:a:1", "staff:b:1"}
    await take(reader, [joined("a", 1), joined("b", 1), joined("b", 2)])
    found = (await reader.client.get("/operations/dead-letters")).json()["items"]
    assert {one["id"]: one["reason"] for one in found} == {
        "staff:a:1": "poison",
        "staff:b:1": "poison",
        "staff:b:2": "behind",
    }
    one = (await reader.client.get("/operations/dead-letters/staff:a:1")).json()
    assert one["error"] == "Refusing: staff:a:1"
    assert one["value"]["staff_id"] == "a"
    assert (await reader.client.get("/operations/status")).json()["held_messages"] == 3
    failed = await reader.client.post("/operations/dead-letters/staff:a:1/replay")
    assert failed.status_code == 409
    assert "Refusing" in failed.json()["detail"]
    NOTES.poisons = {"staff:b:1"}
    done = await reader.client.post("/operations/dead-letters/staff:a:1/replay")
    assert done.status_code == 200, done.text
    unexplained = await reader.client.post("/operations/dead-letters/staff:b:1/skip", json={})
    assert unexplained.status_code == 400
    done = await reader.client.post(
        "/operations/dead-letters/staff:b:1/skip", json={"reason": "entered by mistake"}
    )
    assert done.status_code == 200, done.text
    assert await seen(reader, "a") == [1]
    assert await seen(reader, "b") == [2]
    assert await held(reader) == {}
    assert (await reader.client.get("/operations/dead-letters")).json()["items"] == []


async def test_held_messages_are_the_operators_business_only(reader: Running) -> None:
    nobody = reader.as_("someone", "nobody")
    assert (await nobody.get("/operations/dead-letters")).status_code == 403
    assert (await nobody.get("/operations/status")).status_code == 403
    refused = await nobody.post("/operations/dead-letters/staff:a:1/replay")
    assert refused.status_code == 403
