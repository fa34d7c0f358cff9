"""`/operations/rebuild`: fold everything anew beside what is there, then switch."""

from datetime import datetime
from typing import Any, Literal

from chassis.clock import rfc3339
from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.operations import ACTION
from chassis.work import Work
from fastapi import APIRouter, Response

from insights import commands, store
from insights.stream import generations
from insights.stream.rebuild import REBUILD, UNDER_WAY

router = APIRouter(prefix="/operations", tags=["operations"])


class Rebuild(RequestModel):
    """One generation holds all projections, so any of them means all."""

    projection: Literal["all", "pipeline-kpis", "tiers", "timers"] = "all"


@router.post("/rebuild")
async def ask(body: Rebuild, door: Door) -> Response:
    """Ask for a rebuild; one under way goes on instead of a second."""

    async def decide(work: Work) -> dict[str, Any]:
        await work.scope(ACTION)
        found = await work.document(store.CONTROL, REBUILD)
        if found is None or found["state"] not in UNDER_WAY:
            await commands.ask_for_rebuild(work, [body.projection], work.now)
            found = await work.document(store.CONTROL, REBUILD)
        return _view(found)

    return await door.run(decide, shown=lambda found: found, of=lambda _: None)


@router.get("/rebuild")
async def status(reader: Reader) -> Response:
    """How far the latest rebuild is, and which generation is read."""
    await reader.scope(ACTION)
    found = await reader.db[store.CONTROL].find_one({"_id": REBUILD})
    generation = await generations.active_for(reader)
    return reader.show(_view(found) | {"active_generation": generation})


def _view(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {"state": "none"}
    return {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in found.items()
        if name != "_id"
    }
