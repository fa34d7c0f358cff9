"""The log over HTTP: cursors, resuming, and who sees what, on a real Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer
from chassis import kafka
from chassis.settings import ServiceSettings
from contracts.topics import TOPICS

from gateway import feed

if TYPE_CHECKING:
    pass

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
