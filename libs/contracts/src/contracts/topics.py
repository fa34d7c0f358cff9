"""Where events go: every topic, its owner, who listens, and how it is kept."""

from typing import NamedTuple

PARTITIONS = 12


class Topic(NamedTuple):
    """A Kafka topic; `listeners` are told before its contracts change."""

    name: str
    owner: str
    listeners: tuple[str, ...]
    partitions: int
    config: dict[str, str]


KEPT_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
LATEST_ONLY = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}

# Who deals with events of whom; a test compares this with the services' own subscriptions.
LISTENERS = {
    "customers": ("pipeline", "field", "insights", "gateway"),
    "pipeline": ("customers", "field", "insights", "gateway"),
    "field": ("customers", "pipeline", "insights", "gateway"),
    "insights": ("pipeline", "gateway"),
}
SERVICES = tuple(LISTENERS)


def events_topic(service: str) -> str:
    return f"{service}.events.v1"


def watermarks_topic(service: str) -> str:
    return f"{service}.watermarks.v1"


def dead_letters_topic(service: str) -> str:
    return f"{service}.dlq"


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for service, listeners in LISTENERS.items()
    for topic in (
        Topic(events_topic(service), service, listeners, PARTITIONS, KEPT_FOR_EVER),
        Topic(watermarks_topic(service), service, ("insights",), 1, LATEST_ONLY),
        Topic(dead_letters_topic(service), service, (), 1, KEPT_FOR_EVER),
    )
}
TOPICS[dead_letters_topic("gateway")] = Topic(
    dead_letters_topic("gateway"), "gateway", (), 1, KEPT_FOR_EVER
)
