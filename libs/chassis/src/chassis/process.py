"""A service as a process: `python -m <service>`."""

from collections.abc import Callable
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp

from chassis.settings import ServiceSettings
from chassis.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)
DRAIN_SECONDS = 10


def run(create_app: Callable[[S], ASGIApp], settings: S, *, name: str) -> None:
    """Serve until SIGTERM; then finish what is under way, commit, and go."""
    configure_logging(name, settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
