"""Insights beside the others: what its background work does in a second, done on demand."""

from datetime import timedelta

import msgspec
from chassis.testkit import Running
from contracts.topics import events_topic
from insights.stream import generations
from insights.stream.progress import Watermark

from tests.flows.company import Company


def insights_of(acme: Company) -> Running:
    return acme.services["insights"]


async def look(acme: Company) -> None:
    """A second of everybody's background work: send, read, tell how far, evaluate."""
    await acme.carry()
    running = insights_of(acme)
    measures = running.app.state.progress.measures
    told = await acme.delivery.watermarks(*acme.services.values())
    for name, marks in told.items():
        for mark in marks:
            measures.watermark(events_topic(name), msgspec.json.decode(mark, type=Watermark))
    # The gateway publishes nothing: no event of it is ever waited for.
    measures.ends_were(acme.clock.now(), acme.delivery.ends(generations.INPUTS))
    generation = await generations.active(running.db)
    measures.stored(await generations.stored_offsets(running.db, generation))
    await running.app.state.evaluator.look()
    await acme.carry()


async def after(acme: Company, time: timedelta) -> None:
    acme.clock.advance(time)
    await look(acme)
