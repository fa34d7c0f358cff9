"""The product's parts, and deliberately wrong ones: a harness that cannot fail proves nothing.

`RIG_VARIANT` names one; each breaks a single rule of the delivery promise.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from chassis.consumer import Consumer, Records
from chassis.core import Core
from chassis.failpoints import failpoint
from chassis.guards import Guard
from chassis.intake import Intake, Subscription
from chassis.received import Message
from chassis.relay import Relay
from chassis.work import Work


class MarksFirst(Relay):
    """Clears the pending flag before Kafka has the event."""

    async def publish_page(self) -> int:
        events = await self._pending()
        if events:
            await self._mark(events)
            failpoint("relay.before_send")
            await self._send(events)
        return len(events)


class BookmarksFirst(Consumer):
    """Stores the offsets before the effect."""

    async def _take(self, reader: AIOKafkaConsumer, records: Records) -> None:
        self._read_up_to(records)
        self._bookmarked_at = 0.0
        await self._bookmark(reader)
        await self._affect(records)


class NoGuard(Intake):
    """Applies whatever comes."""

    async def _take(
        self, work: Work, guards: dict[str, Guard], message: Message, poisons: Mapping[str, Any]
    ) -> str:
        await self._apply(work, message)
        return "applied"


class Unguarded(Consumer):
    def __init__(self, core: Core, subscriptions: Iterable[Subscription]) -> None:
        subscriptions = list(subscriptions)
        super().__init__(core, subscriptions)
        self.intake = NoGuard(core.name, core.commits, subscriptions)


VARIANTS: dict[str, dict[str, Callable[..., Any]]] = {
    "": {"relay": Relay, "consumer": Consumer},
    "mark-first": {"relay": MarksFirst},
    "offset-first": {"consumer": BookmarksFirst},
    "no-guard": {"consumer": Unguarded},
}


def chosen(part: str) -> Callable[..., Any]:
    """The part that this run is to use."""
    return VARIANTS[os.environ.get("RIG_VARIANT", "")].get(part, VARIANTS[""][part])
