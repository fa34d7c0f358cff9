"""Connections to Kafka as the settings say: producers, consumers, and the topics themselves."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.helpers import create_ssl_context
from contracts.topics import Topic

from chassis.settings import ServiceSettings

__all__ = ["KafkaError", "TopicPartition", "consumer", "ensure_topics", "producer"]

_log = structlog.get_logger()

# Longer than the longest pause of a busy process, shorter than somebody's patience. With static
# membership a restarted process is itself again at once and never waits for this.
_SESSION = 30_000


def connection(settings: ServiceSettings) -> dict[str, Any]:
    """What every client of ours is given."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_sasl_mechanism:
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password,
        }
    if settings.kafka_security_protocol.endswith("SSL"):
        context: ssl.SSLContext = create_ssl_context(
            cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None
        )
        options["ssl_context"] = context
    return options


def producer(settings: ServiceSettings) -> AIOKafkaProducer:
    """Not started. Waits for every replica and numbers what it sends: both are off by default."""
    return AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=True,
        max_batch_size=128 * 1024,
        metadata_max_age_ms=30_000,
        request_timeout_ms=15_000,
    )


def consumer(
    settings: ServiceSettings, *topics: str, group: str | None = None, **options: Any
) -> AIOKafkaConsumer:
    """Not started. Reads from the first record where nothing is stored; commits only when told."""
    if group is not None:
        options |= {"group_id": group, "group_instance_id": f"{group}-{settings.instance}"}
    defaults: dict[str, Any] = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "session_timeout_ms": _SESSION,
        "heartbeat_interval_ms": 3_000,
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
        "metadata_max_age_ms": 30_000,
    }
    return AIOKafkaConsumer(*topics, **connection(settings), **(defaults | options))


async def ensure_topics(settings: ServiceSettings, topics: Iterable[Topic]) -> None:
    """Make the topics that are not there yet; waits for a broker that does not answer."""
    missing = list(topics)
    delay = 0.1
    while missing:
        try:
            missing = await _create(settings, missing)
        except (KafkaError, OSError) as problem:
            _log.warning("kafka.not_reached", reason=str(problem))
        if missing:
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5)


async def _create(settings: ServiceSettings, topics: list[Topic]) -> list[Topic]:
    """Those that could not be made now."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        present = set(await admin.list_topics())
        wanted = [topic for topic in topics if topic.name not in present]
        if not wanted:
            return []
        answer = await admin.create_topics([_as_new(topic) for topic in wanted])
    finally:
        await admin.close()
    failed = []
    for name, code, *_reason in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            _log.warning("kafka.topic_not_made", topic=name, reason=error.__name__)
            failed.append(name)
    return [topic for topic in wanted if topic.name in failed]


def _as_new(topic: Topic) -> NewTopic:
    # As many replicas (-1) as the cluster makes by default; the client only lets that through
    # beside an assignment, which may be empty.
    return NewTopic(topic.name, topic.partitions, -1, {}, topic.config)
