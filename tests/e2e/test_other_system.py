"""Another system: a Kafka client, the published JSON Schemas, and nothing of ours."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import confluent_kafka
import jsonschema

from tests.e2e.suite import Suite

SCHEMAS = Path(__file__).parents[2] / "libs/contracts/schemas"
TOPIC = "pipeline.events.v1"


def read_from_the_first(bootstrap: str) -> list[tuple[dict[str, str], Any]]:
    """Every event of the topic so far: its headers and its value."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "another-system",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    try:
        numbers = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
        partitions = [confluent_kafka.TopicPartition(TOPIC, number, 0) for number in numbers]
        ends = {
            partition.partition: consumer.get_watermark_offsets(partition, timeout=10)[1]
            for partition in partitions
        }
        consumer.assign(partitions)
        left = {number for number, end in ends.items() if end}
        events: list[tuple[dict[str, str], Any]] = []
        while left:
            messages = consumer.consume(1000, timeout=10)
            assert messages, f"nothing more arrived; unread partitions: {left}"
            for message in messages:
                assert message.error() is None
                headers = {name: value.decode() for name, value in message.headers() or []}
                events.append((headers, json.loads(message.value())))
                if message.offset() + 1 >= ends[message.partition()]:
                    left.discard(message.partition())
        return events
    finally:
        consumer.close()


def test_a_reader_of_the_published_events_arrives_at_the_same_won_amount(suite: Suite) -> None:
    overall = suite.person("sales.director").get("/kpis/pipeline")["overall"]
    events = read_from_the_first(suite.run_state["kafka"])

    seen: set[str] = set()
    won: dict[str, Decimal] = {}
    validators: dict[str, Any] = {}
    for headers, value in events:
        if headers["ce_id"] in seen:
            continue
        seen.add(headers["ce_id"])
        kind = headers["ce_type"]
        if kind not in validators:
            schema = json.loads((SCHEMAS / f"{kind}.json").read_text())
            validators[kind] = jsonschema.Draft202012Validator(schema)
        validators[kind].validate(value)
        if kind == "tianlong.opportunity.won.v1":
            won[headers["ce_subject"]] = Decimal(value["amount"]["amount"])
        elif kind == "tianlong.opportunity.reopened.v1":
            won.pop(headers["ce_subject"], None)
    assert f"{sum(won.values()):.2f}" == overall["won_amount"]
    assert len(won) == overall["won"]


def test_events_of_one_aggregate_lie_in_order_and_without_a_gap(suite: Suite) -> None:
    events = read_from_the_first(suite.run_state["kafka"])
    reached: dict[str, int] = {}
    for headers, _ in events:
        aggregate, _, sequence = headers["ce_id"].rpartition(":")
        if int(sequence) > reached.get(aggregate, 0):
            assert int(sequence) == reached.get(aggregate, 0) + 1
            reached[aggregate] = int(sequence)
    assert len(reached) > 8800
