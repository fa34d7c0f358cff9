"""What a process tells about itself: JSON lines on stdout and Prometheus figures.

Secrets are blanked by field name before a line is written; payloads are never logged.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

EVENTS_PENDING = Gauge("tianlong_events_pending", "Events recorded and not yet published")
EVENTS_PUBLISHED = Counter("tianlong_events_published", "Events sent to Kafka by this process")
OLDEST_PENDING = Gauge(
    "tianlong_events_pending_oldest_seconds", "Age of the oldest event that is not yet published"
)
HELD_MESSAGES = Gauge("tianlong_held_messages", "Messages that could not be applied and wait")
OLDEST_HELD = Gauge("tianlong_held_messages_oldest_seconds", "Age of the oldest held message")
CONSUMER_LAG = Gauge(
    "tianlong_consumer_lag", "Records after the newest one that was dealt with", ["topic", "group"]
)
EVENTS_HANDLED = Counter(
    "tianlong_events_handled", "Messages dealt with, by what became of them", ["topic", "outcome"]
)
REQUESTS = Counter("tianlong_requests", "Requests answered", ["method", "status"])

_SECRET = ("password", "token", "secret", "authorization", "cookie", "credential")


def lags() -> dict[str, int]:
    """Consumer lag by topic, as this process last saw it."""
    return {
        sample.labels["topic"]: int(sample.value)
        for metric in CONSUMER_LAG.collect()
        for sample in metric.samples
    }


def configure_logging(service: str, level: str = "INFO") -> None:
    """Everything of this process, libraries included, as one JSON object per line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stdout)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(level)
    for talkative in ("aiokafka", "pymongo", "httpx", "uvicorn.access"):
        logging.getLogger(talkative).setLevel(max(root.level, logging.WARNING))
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers = []
        logging.getLogger(own).propagate = True


def _named(service: str) -> structlog.typing.Processor:
    def name(
        _logger: Any, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        line["service"] = service
        return line

    return name


def _without_secrets(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for field in line:
        if any(word in field.lower() for word in _SECRET):
            line[field] = "***"
    return line
