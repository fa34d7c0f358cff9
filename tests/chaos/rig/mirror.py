"""A small service to be killed: follows the ledger and keeps its own sum of every account.

The effect (`+= amount`) is one that shows when it happens twice, not at all, or out of order.
"""

import os
from typing import Any

from chassis.clock import Clock
from chassis.core import Core
from chassis.http import create_app as http_app
from chassis.intake import Subscription
from chassis.received import Received
from chassis.settings import ServiceSettings
from chassis.work import Work
from contracts.topics import events_topic
from fastapi import FastAPI

from tests.chaos.rig import variants
from tests.chaos.rig.ledger import NAME as LEDGER
from tests.chaos.rig.ledger import Booked

NAME = os.environ["RIG_MIRROR"]


async def on_booked(work: Work, event: Received[Any]) -> None:
    mirrored = await work.document("sums", event.subject)
    mirrored = mirrored or {"_id": event.subject, "sum": 0, "sequences": []}
    work.put(
        "sums",
        mirrored
        | {
            "sum": mirrored["sum"] + event.data.amount,
            "sequences": [*mirrored["sequences"], event.sequence],
        },
    )


def create_app(settings: ServiceSettings, *, clock: Clock | None = None) -> FastAPI:
    core = Core(settings, name=NAME, clock=clock)
    consumer = variants.chosen("consumer")
    subscriptions = [Subscription(events_topic(LEDGER), {Booked: on_booked})]
    return http_app(core, routers=[], parts=[consumer(core, subscriptions)])
