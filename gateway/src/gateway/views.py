"""Views: what somebody looks at together, gathered from the services in parallel.

Each part has its own deadline; one that fails is `missing`, with a reason, and the rest is served.
The services' answers are put into place as bytes; nothing is decoded on the way.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

from chassis.clock import Clock, local_date, rfc3339
from chassis.door import WAIT_FOR_HEADER
from chassis.problems import Forbidden, NotFound, Unauthenticated, Unavailable
from chassis.scopes import Caller
from fastapi import APIRouter, Depends, Request, Response

from gateway.callers import OwnCallers
from gateway.forwarding import Part, Upstreams
from gateway.settings import Settings

router = APIRouter(tags=["views"])
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LISTED = "20"
AS_OF_HEADER = "Tianlong-As-Of"
# What insights follows; it refuses to wait for anything else.
_FOLLOWED_BY_INSIGHTS = frozenset({"customer", "opportunity", "order", "follow_up"})


class Asked(NamedTuple):
    """One part of a view: its name, who has it, and what to ask for."""

    name: str
    service: str
    target: str


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
        Asked("tier", "insights", f"/api/v1/tiers/{customer_id}"),
        Asked("alerts", "insights", f"/api/v1/alerts?{of_customer}"),
    )
    answers = await _gather(on_behalf, parts)
    customer = answers[0]
    if isinstance(customer, Part) and customer.status == 404:
        raise NotFound("customer", customer_id)
    if isinstance(customer, Part) and customer.status == 403:
        raise Forbidden
    return _spliced(on_behalf, parts, answers)


@router.get("/views/rep-today")
async def rep_today(on_behalf: OnBehalf) -> Response:
    """What one's day holds: visits, follow-ups due, alerts, and how the own deals stand."""
    staff_id = on_behalf.caller.staff_id
    if staff_id is None:
        raise Forbidden
    now = on_behalf.clock.now()
    today = local_date(now, on_behalf.settings.timezone)
    tomorrow = today + timedelta(days=1)
    own = _query(staff_id=staff_id, on=today.isoformat(), limit=_LISTED)
    due = _query(
        owner_id=staff_id, status="planned", due_before=tomorrow.isoformat(), limit=_LISTED
    )
    alerts = _query(owner_id=staff_id, status="open", limit=_LISTED)
    parts = (
        Asked("visit_plans", "field", f"/api/v1/visit-plans?{own}"),
        Asked("visits", "field", f"/api/v1/visits?{own}"),
        Asked("follow_ups", "pipeline", f"/api/v1/follow-ups?{due}"),
        Asked("alerts", "insights", f"/api/v1/alerts?{alerts}"),
        Asked("kpis", "insights", "/api/v1/kpis/pipeline?group_by=owner"),
    )
    return _spliced(on_behalf, parts, await _gather(on_behalf, parts))


Answer = Part | Unavailable


async def _gather(on_behalf: Gathering, parts: Sequence[Asked]) -> list[Answer]:
    """Ask for all parts at once.

    Raises:
        Unauthenticated: a service says so.
    """
    answers = await asyncio.gather(*(_ask(on_behalf, asked) for asked in parts))
    if any(isinstance(one, Part) and one.status == 401 for one in answers):
        raise Unauthenticated
    return list(answers)


async def _ask(on_behalf: Gathering, asked: Asked) -> Answer:
    headers = on_behalf.headers
    if asked.service == "insights" and on_behalf.waited_for:
        # The other services answer from their own records, which hold every write at once.
        followed = [
            one
            for one in on_behalf.waited_for.split(",")
            if one.strip().partition(":")[0] in _FOLLOWED_BY_INSIGHTS
        ]
        if followed:
            headers = headers | {WAIT_FOR_HEADER: ",".join(followed)}
    try:
        return await on_behalf.upstreams.fetch(
            asked.service, asked.target, headers, seconds=on_behalf.settings.view_part_seconds
        )
    except Unavailable as missing:
        return missing


def _spliced(on_behalf: Gathering, parts: Sequence[Asked], answers: Sequence[Answer]) -> Response:
    now = rfc3339(on_behalf.clock.now())
    pieces = [
        b'"%s":%s' % (asked.name.encode(), _part(answer, now))
        for asked, answer in zip(parts, answers, strict=True)
    ]
    return Response(b"{" + b",".join(pieces) + b"}", media_type="application/json")


def _part(answer: Answer, now: str) -> bytes:
    if isinstance(answer, Part) and answer.status == 200:
        as_of = answer.headers.get(AS_OF_HEADER, now)
        return b'{"status":"ok","as_of":"%s","data":%s}' % (as_of.encode(), answer.body)
    reason = _REASONS.get(answer.status, "refused") if isinstance(answer, Part) else "unavailable"
    return b'{"status":"missing","as_of":null,"data":null,"reason":"%s"}' % reason.encode()


_REASONS = {403: "forbidden", 404: "not-found", 429: "rate-limited", 503: "unavailable"}


def _query(**parameters: str) -> str:
    return urlencode(parameters, quote_via=quote)
