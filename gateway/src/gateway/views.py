"""Views: what somebody looks at together, gathered from the services in parallel.

Each part has its own deadline; one that fails is `missing`, with a reason, and the rest is served.
Each service is asked once, for all of its parts; answers are put into place as bytes.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec
from chassis.bundle import PATH as BUNDLE
from chassis.clock import Clock, local_date, rfc3339
from chassis.door import WAIT_FOR_HEADER
from chassis.problems import Forbidden, NotFound, Unauthenticated, Unavailable
from chassis.scopes import Caller
from fastapi import APIRouter, Depends, Request, Response

from gateway.callers import OwnCallers
from gateway.forwarding import Upstreams
from gateway.settings import Settings

router = APIRouter(tags=["views"])
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LISTED = "20"
# What insights follows; it refuses to wait for anything else.
_FOLLOWED_BY_INSIGHTS = frozenset({"customer", "opportunity", "order", "follow_up"})


class Asked(NamedTuple):
    """One part of a view: its name, who has it, what to ask for; whether there may be none."""

    name: str
    service: str
    target: str
    may_lack: bool = False


class Gathering(NamedTuple):
    """What a view needs to ask on behalf of its caller."""

    upstreams: Upstreams
    settings: Settings
    clock: Clock
    caller: Caller
    headers: dict[str, str]
    waited_for: str


def the_gathering(request: Request) -> Gathering:
    core = request.app.state.core
    callers: OwnCallers = core.callers
    authorization = request.headers.get("authorization", "")
    return Gathering(
        request.app.state.upstreams,
        core.settings,
        core.clock,
        callers.known(authorization),
        {
            "authorization": authorization,
            "accept-language": request.headers.get("accept-language", ""),
            "x-request-id": request.state.request_id,
        },
        request.headers.get(WAIT_FOR_HEADER, ""),
    )


OnBehalf = Annotated[Gathering, Depends(the_gathering)]


@router.get("/views/customer-360/{customer_id}")
async def customer_360(customer_id: str, on_behalf: OnBehalf) -> Response:
    """Everything about a customer: archive, people, deals, visits, money, tier, alerts."""
    if not _ID.fullmatch(customer_id):
        raise NotFound("customer", customer_id)
    of_customer = _query(customer_id=customer_id, limit=_LISTED)
    parts = (
        Asked("customer", "customers", f"/api/v1/customers/{customer_id}"),
        Asked("contacts", "customers", f"/api/v1/contacts?{of_customer}"),
        Asked("opportunities", "pipeline", f"/api/v1/opportunities?{of_customer}"),
        Asked("follow_ups", "pipeline", f"/api/v1/follow-ups?{of_customer}"),
        Asked("orders", "pipeline", f"/api/v1/orders?{of_customer}"),
        Asked("payments", "pipeline", f"/api/v1/payments?{of_customer}"),
        Asked("visits", "field", f"/api/v1/visits?{of_customer}"),
        Asked("tier", "insights", f"/api/v1/tiers/{customer_id}", may_lack=True),
        Asked("alerts", "insights", f"/api/v1/alerts?{of_customer}"),
    )
    answers = await _gather(on_behalf, parts)
    if answers[0].status == 404:
        raise NotFound("customer", customer_id)
    if answers[0].status == 403:
        raise Forbidden
    return _spliced(on_behalf, parts, answers)


@router.get("/views/rep-today")
async def rep_today(on_behalf: OnBehalf) -> Response:
    """What one's day holds: visits, follow-ups due, alerts, and how the own deals stand."""
    staff_id = on_behalf.caller.staff_id
    if staff_id is None:
        raise Forbidden
    timezone = on_behalf.settings.timezone
    today = local_date(on_behalf.clock.now(), timezone)
    day_end = datetime.combine(today + timedelta(days=1), time.min, ZoneInfo(timezone))
    own = _query(staff_id=staff_id, on=today.isoformat(), limit=_LISTED)
    due = _query(owner_id=staff_id, status="planned", due_before=rfc3339(day_end), limit=_LISTED)
    alerts = _query(owner_id=staff_id, status="open", limit=_LISTED)
    parts = (
        Asked("visit_plans", "field", f"/api/v1/visit-plans?{own}"),
        Asked("visits", "field", f"/api/v1/visits?{own}"),
        Asked("follow_ups", "pipeline", f"/api/v1/follow-ups?{due}"),
        Asked("alerts", "insights", f"/api/v1/alerts?{alerts}"),
        Asked("kpis", "insights", "/api/v1/kpis/pipeline?group_by=owner"),
    )
    return _spliced(on_behalf, parts, await _gather(on_behalf, parts))


class Told(msgspec.Struct):
    """One part as a service answered it; the body stays as it is."""

    status: int
    body: msgspec.Raw


_told = msgspec.json.Decoder(list[Told])
_NO_ANSWER = Told(503, msgspec.Raw(b"null"))


async def _gather(on_behalf: Gathering, parts: Sequence[Asked]) -> list[Told]:
    """Ask all services at once, each for all of its parts.

    Raises:
        Unauthenticated: a service says so.
    """
    services = list(dict.fromkeys(part.service for part in parts))
    answers = await asyncio.gather(
        *(
            _ask(on_behalf, service, [part for part in parts if part.service == service])
            for service in services
        )
    )
    waiting = {service: iter(told) for service, told in zip(services, answers, strict=True)}
    return [next(waiting[part.service]) for part in parts]


async def _ask(on_behalf: Gathering, service: str, parts: Sequence[Asked]) -> list[Told]:
    """One service's parts, each within the deadline or missing."""
    seconds = on_behalf.settings.view_part_seconds
    wanted = [("part", part.target) for part in parts]
    # The service gives up on a part a little earlier, so that the others still arrive.
    target = f"{BUNDLE}?{urlencode([*wanted, ('seconds', f'{seconds * 0.9:g}')])}"
    try:
        answer = await on_behalf.upstreams.fetch(
            service, target, _headers(on_behalf, service), seconds=seconds
        )
    except Unavailable:
        return [_NO_ANSWER] * len(parts)
    if answer.status == 401:
        raise Unauthenticated
    told = _told.decode(answer.body) if answer.status == 200 else []
    if any(part.status == 401 for part in told):
        raise Unauthenticated
    return told or [_NO_ANSWER] * len(parts)


def _headers(on_behalf: Gathering, service: str) -> dict[str, str]:
    if service != "insights" or not on_behalf.waited_for:
        # The other services answer from their own records, which hold every write at once.
        return on_behalf.headers
    followed = [
        one
        for one in on_behalf.waited_for.split(",")
        if one.strip().partition(":")[0] in _FOLLOWED_BY_INSIGHTS
    ]
    return on_behalf.headers | ({WAIT_FOR_HEADER: ",".join(followed)} if followed else {})


def _spliced(on_behalf: Gathering, parts: Sequence[Asked], answers: Sequence[Told]) -> Response:
    now = rfc3339(on_behalf.clock.now()).encode()
    pieces = [
        b'"%s":%s' % (part.name.encode(), _part(part, told, now))
        for part, told in zip(parts, answers, strict=True)
    ]
    return Response(b"{" + b",".join(pieces) + b"}", media_type="application/json")


def _part(part: Asked, told: Told, now: bytes) -> bytes:
    body = bytes(told.body)
    if told.status == 200:
        return b'{"status":"ok","as_of":"%s","data":%s}' % (_as_of(body) or now, body)
    if told.status == 404 and part.may_lack:
        return b'{"status":"ok","as_of":"%s","data":null}' % now
    reason = _REASONS.get(told.status, "refused").encode()
    return b'{"status":"missing","as_of":null,"data":null,"reason":"%s"}' % reason


def _as_of(body: bytes) -> bytes | None:
    """What an answer that begins with it says itself."""
    found = _AS_OF.match(body)
    return found[1] if found else None


_AS_OF = re.compile(rb'\{"as_of":"([0-9TZ:.+-]{10,35})"')
_REASONS = {
    403: "forbidden",
    404: "not-found",
    429: "rate-limited",
    500: "failed",
    503: "unavailable",
    504: "late",
}


def _query(**parameters: str) -> str:
    return urlencode(parameters, quote_via=quote)
