"""Every topic has an owner, and those who are listed as listeners are those who listen."""

from collections.abc import Mapping

import pytest
from chassis import published
from contracts.schemas import event_types
from contracts.topics import SERVICES, TOPICS, Topic, events_topic

Listening = Mapping[str, set[str]]


def misnamed(topics: Mapping[str, Topic], listening: Listening) -> list[str]:
    """What the list of topics says wrongly, given who really listens to which of them."""
    wrong = []
    for service, heard in listening.items():
        wrong += [
            f"{service} listens to {topic}, which nobody owns" for topic in heard - topics.keys()
        ]
    for topic in topics.values():
        if topic.owner not in listening:
            wrong.append(f"{topic.name} has no owner")
        if not topic.name.endswith(".events.v1"):
            continue
        really = {service for service, heard in listening.items() if topic.name in heard}
        wrong += [
            f"{service} listens to {topic.name}: name it in contracts.topics.LISTENERS, so that "
            "it is told before a contract changes"
            for service in really - set(topic.listeners) - {topic.owner}
        ]
        wrong += [
            f"{service} does not listen to {topic.name}: take it out of contracts.topics.LISTENERS"
            for service in set(topic.listeners) - really
        ]
    return wrong


@pytest.fixture(scope="module")
def listening() -> Listening:
    return {name: set(published.listens_to(name)) for name in (*SERVICES, "gateway")}


def test_topics_name_their_owner_and_everybody_who_listens(listening: Listening) -> None:
    assert misnamed(TOPICS, listening) == []


def test_every_event_type_has_a_topic_and_somebody_who_listens(listening: Listening) -> None:
    for event_type in event_types():
        assert event_type.topic in TOPICS
        assert any(event_type.topic in heard for heard in listening.values()), event_type.name


def test_the_event_topics_are_kept_for_ever(listening: Listening) -> None:
    for service in SERVICES:
        assert TOPICS[events_topic(service)].config["retention.ms"] == "-1"


def test_a_listener_that_is_not_listed_is_caught(listening: Listening) -> None:
    topic = events_topic("field")
    shorter = TOPICS[topic]._replace(listeners=())
    wrong = misnamed({**TOPICS, topic: shorter}, listening)
    assert any(line.startswith("pipeline listens to field.events.v1") for line in wrong)


def test_a_listener_that_does_not_listen_is_caught(listening: Listening) -> None:
    deaf = {**listening, "pipeline": set[str]()}
    wrong = misnamed(TOPICS, deaf)
    assert any(line.startswith("pipeline does not listen to field") for line in wrong)


def test_a_topic_that_nobody_owns_is_caught(listening: Listening) -> None:
    orphan = TOPICS[events_topic("field")]._replace(name="rumours.events.v1", owner="nobody")
    wrong = misnamed({**TOPICS, orphan.name: orphan}, listening)
    assert "rumours.events.v1 has no owner" in wrong
    heard = {**listening, "insights": {"whispers.events.v1"}}
    assert "insights listens to whispers.events.v1, which nobody owns" in misnamed(TOPICS, heard)
