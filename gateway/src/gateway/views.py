"""Views: what somebody looks at together, gathered from the services in parallel.

Each part has its own deadline; one that fails is `missing`, with a reason, and the rest is served.
Each service is asked once, for all of its parts; answers are put into place as bytes.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec
import structlog
from chassis.clock import Clock, rfc3339
from chassis.door import WAIT_FOR_HEADER
from chassis.problems import Forbidden, NotFound, Unauthenticated, Unavailable
from chassis.scopes import Caller
from chassis.view_parts import SECONDS
from fastapi import APIRouter, Depends, Request, Response

from gateway.callers import OwnCallers
from gateway.forwarding import Upstreams
from gateway.settings import Settings

log = structlog.get_logger()
router = APIRouter(tags=["views"])
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What insights follows; it refuses to wait for anything else.
_FOLLOWED_BY_INSIGHTS = frozenset({"customer", "opportunity", "order", "follow_up"})


# Which parts a view has, and which service has them, in the order they are shown.
CUSTOMER_360 = {
    "customers": ("customer", "contacts"),
    "pipeline": ("opportunities", "follow_ups", "orders", "payments"),
    "field": ("visits",),
    "insights": ("tier", "alerts"),
}
REP_TODAY = {
    "field": ("visit_plans", "visits"),
    "pipeline": ("follow_ups",),
    "insights": ("alerts", "kpis"),
}
APPROVALS_INBOX = {"pipeline": ("papers",), "field": ("visit_plans",)}
# There may be none yet; that is an answer.
_MAY_LACK = frozenset({"tier"})


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
    told = await _gather(on_behalf, CUSTOMER_360, f"customer-360/{customer_id}")
    customer = told["customer"].status
    if customer == 404:
        raise NotFound("customer", customer_id)
    if customer == 403:
        raise Forbidden
    return _spliced(on_behalf, told)


@router.get("/views/rep-today")
async def rep_today(on_behalf: OnBehalf) -> Response:
    """What one's day holds: visits, follow-ups due, alerts, and how the own deals stand."""
    if on_behalf.caller.staff_id is None:
        raise Forbidden
    return _spliced(on_behalf, await _gather(on_behalf, REP_TODAY, "rep-today"))


@router.get("/views/approvals-inbox")
async def approvals_inbox(on_behalf: OnBehalf) -> Response:
    """Whatever waits for one's decision, of every service in one shape, with its counts."""
    if on_behalf.caller.staff_id is None:
        raise Forbidden
    return _spliced(on_behalf, await _gather(on_behalf, APPROVALS_INBOX, "approvals-inbox"))


class Told(msgspec.Struct):
    """One part as a service answered it; the body stays as it is."""

    status: int
    body: msgspec.Raw


_decode = msgspec.json.Decoder(dict[str, Told]).decode
_NO_ANSWER = Told(503, msgspec.Raw(b"null"))


async def _gather(
    on_behalf: Gathering, parts: Mapping[str, tuple[str, ...]], view: str
) -> dict[str, Told]:
    """Ask all services at once, each for all of its parts.

    Raises:
        Unauthenticated: a service says so.
    """
    answers = await asyncio.gather(*(_ask(on_behalf, service, view) for service in parts))
    told = {
        name: answer.get(name, _NO_ANSWER)
        for names, answer in zip(parts.values(), answers, strict=True)
        for name in names
    }
    if any(part.status == 401 for part in told.values()):
        raise Unauthenticated
    return told


async def _ask(on_behalf: Gathering, service: str, view: str) -> dict[str, Told]:
    """One service's parts; none if it does not answer in time."""
    seconds = on_behalf.settings.view_part_seconds
    # The service gives up on a part a little earlier, so that the others still arrive.
    target = f"/api/v1/views/{view}?{SECONDS}={seconds * 0.9:g}"
    try:
        answer = await on_behalf.upstreams.fetch(
            service, target, _headers(on_behalf, service), seconds=seconds
        )
    except Unavailable:
        return {}
    if answer.status == 401:
        raise Unauthenticated
    try:
        return _decode(answer.body) if answer.status == 200 else {}
    except msgspec.MsgspecError:
        log.exception("view.not_understood", service=service)
        return {}


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


def _spliced(on_behalf: Gathering, parts: Mapping[str, Told]) -> Response:
    now = rfc3339(on_behalf.clock.now()).encode()
    pieces = [b'"%s":%s' % (name.encode(), _part(name, told, now)) for name, told in parts.items()]
    return Response(b"{" + b",".join(pieces) + b"}", media_type="application/json")


def _part(name: str, told: Told, now: bytes) -> bytes:
    body = bytes(told.body)
    if told.status == 200:
        return b'{"status":"ok","as_of":"%s","data":%s}' % (_as_of(body) or now, body)
    if told.status == 404 and name in _MAY_LACK:
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
