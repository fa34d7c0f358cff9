"""`/events`: the log from the first event ever, page by page; `/events/stream`: as it grows."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from chassis.door import Reader
from chassis.problems import Unauthenticated
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway import feed, live
from gateway.callers import OwnCallers
from gateway.feed import Feed, TypeFilter
from gateway.live import Live
from gateway.rights import Sight

router = APIRouter(tags=["events"])


def the_feed(request: Request) -> Feed:
    found: Feed = request.app.state.feed
    return found


def the_live(request: Request) -> Live:
    found: Live = request.app.state.live
    return found


LogFeed = Annotated[Feed, Depends(the_feed)]
LiveUpdates = Annotated[Live, Depends(the_live)]
Types = Annotated[
    str | None,
    Query(max_length=2_000, description="event types, comma-separated; `*` at an end is any rest"),
]
Cursor = Annotated[str | None, Query(max_length=2_000, description="where to go on")]


@router.get("/events")
async def events(
    reader: Reader,
    log_feed: LogFeed,
    after: Cursor = None,
    types: Types = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Events after a cursor (without one: from the first), oldest first per aggregate.

    Shown are those whose record the caller may see today. `next_cursor` is there also when
    nothing was found; `is_at_end` says whether there was more at that moment.
    """
    await reader.scope("events:read")
    sight, wants = Sight(reader.core, reader.caller), TypeFilter(types)
    page = await log_feed.page(
        feed.read(after, "/after"),
        lambda messages: live.seen_by(reader.core, sight, wants, messages),
        limit=limit,
    )
    return reader.show(
        {
            "items": [feed.shown(message) for message in page.messages],
            "next_cursor": feed.written(page.positions),
            "is_at_end": page.is_at_end,
        }
    )


@router.get("/events/stream")
async def event_stream(
    request: Request,
    reader: Reader,
    log_feed: LogFeed,
    updates: LiveUpdates,
    types: Types = None,
    after: Cursor = None,
    last_event_id: Annotated[str | None, Header(max_length=2_000)] = None,
) -> Response:
    """Server-sent events from now on, or from after `Last-Event-ID`."""
    await reader.scope("events:read")
    resume = last_event_id or after
    pieces = live.stream(
        reader.core,
        updates,
        log_feed,
        reader.caller,
        wants=TypeFilter(types),
        after=feed.read(resume, "/Last-Event-ID") if resume else None,
        heartbeat=request.app.state.core.settings.heartbeat_seconds,
        is_signed_in=_signed_in(request),
    )
    # The first piece comes before the answer: what goes wrong until then still has a status.
    first = await anext(pieces)
    return StreamingResponse(
        _chained(first, pieces),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _signed_in(request: Request) -> Callable[[], bool]:
    callers: OwnCallers = request.app.state.core.callers
    authorization = request.headers.get("authorization", "")

    def still() -> bool:
        try:
            callers.known(authorization)
        except Unauthenticated:
            return False
        return True

    return still
