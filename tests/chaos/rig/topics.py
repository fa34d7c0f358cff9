"""Reading a topic as a stranger would: librdkafka, from the first record to the last."""

import time
from typing import Any

from confluent_kafka import Consumer, TopicPartition

Entry = tuple[int, int, str, bytes]


def read_topic(bootstrap: str, topic: str) -> list[Entry]:
    """Everything in the topic: partition, offset, event id, value."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "checker",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        metadata = reader.list_topics(topic, timeout=30)
        partitions = [
            TopicPartition(topic, number, 0) for number in metadata.topics[topic].partitions
        ]
        left = 0
        for partition in partitions:
            _, end = reader.get_watermark_offsets(partition, timeout=30)
            left += end
        reader.assign(partitions)
        log: list[Entry] = []
        deadline = time.monotonic() + 60
        while len(log) < left and time.monotonic() < deadline:
            found = reader.consume(1_000, timeout=0.2)
            log += [_entry(message) for message in found if message.error() is None]
        return log
    finally:
        reader.close()


def _entry(message: Any) -> Entry:
    event_id = dict(message.headers() or []).get("ce_id") or b""
    return message.partition(), message.offset(), event_id.decode(), message.value()
