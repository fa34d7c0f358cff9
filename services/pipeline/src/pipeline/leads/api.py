"""Leads over HTTP: `/leads`, and the pool. Answers with people in them are never stored."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import BatchIn
from chassis.problems import Forbidden
from chassis.scopes import Scope
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from pipeline.leads import commands, qualifying, queries
from pipeline.leads.model import Lead, Likely
from pipeline.leads.requests import (
    AssignIn,
    ContactIn,
    DuplicateCheck,
    LeadChange,
    LeadIn,
    QualifyIn,
    ReasonIn,
)
from pipeline.leads.store import LEADS, PEOPLE, people_of, person_of
from pipeline.leads.views import contact_card, lead_view, likely_view, owners_in, pool_view
from pipeline.requests import Cursor, IdPath, IdQuery, Limit

router = APIRouter(tags=["leads"])
READ_PHONE = "leads:read-phone"
Status = Literal[
    "new", "assigned", "contacted", "qualifying", "refused", "qualified", "disqualified"
]
Temperature = Literal["hot", "warm", "cold"]
Channel = Literal["api", "import", "form", "referral"]
Word = Annotated[str | None, Query(min_length=1, max_length=100)]


async def _phones(asked: Any) -> Scope | None:
    try:
        scope: Scope = await asked.scope(READ_PHONE)
    except Forbidden:
        return None
    return scope


async def _shown(lead: Lead, work: Work) -> dict[str, Any]:
    person = person_of(await work.document(PEOPLE, lead.id))
    names = await queries.names_of(work.db, owners_in([lead]))
    return lead_view(lead, person, await _phones(work), names)


async def _read_again(work: Work, lead_id: str) -> Lead:
    return await work.load(LEADS, lead_id)


async def _run(door: Door, decide: Any) -> Response:
    return await door.run(decide, shown=_shown, personal=_read_again)


@router.post("/leads", status_code=201)
async def capture_lead(body: LeadIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.capture_by_hand(work, body.given()),
        shown=_shown,
        created="/leads",
        personal=_read_again,
    )


@router.post("/leads/batch")
async def capture_leads(body: BatchIn, door: Door) -> Response:
    return await door.batch(
        body.items,
        LeadIn,
        lambda work, one: commands.capture_by_hand(work, one.given()),
        shown=_shown,
        created="/leads",
        personal=_read_again,
    )


@router.post("/leads/check-duplicates")
async def check_duplicates(body: DuplicateCheck, door: Door) -> Response:
    """What may be the same, and whose it is; what it says is not told."""

    async def shown(found: list[Likely], work: Work) -> dict[str, Any]:
        owners = sorted({one.owner_id for one in found if one.owner_id})
        names = await queries.names_of(work.db, owners)
        return {"candidates": [likely_view(one, names) for one in found]}

    return await door.run(lambda work: commands.check_duplicates(work, body.probe()), shown=shown)


@router.get("/leads")
async def list_leads(
    reader: Reader,
    owner_id: IdQuery = None,
    status: Status | None = None,
    temperature: Temperature | None = None,
    channel: Channel | None = None,
    campaign_id: IdQuery = None,
    customer_id: IdQuery = None,
    product_line: Word = None,
    region: Word = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("leads:read")
    asked = {
        "owner_id": owner_id,
        "status": status,
        "temperature": temperature,
        "origin_of.channel": channel,
        "origin_of.campaign_id": campaign_id,
        "customer_id": customer_id,
        "product_line": product_line,
        "company.region": region,
    }
    found = await queries.list_leads(reader.db, scope, asked, limit=limit, cursor=cursor)
    people = await people_of(reader.db, [lead.id for lead in found.items])
    names = await queries.names_of(reader.db, owners_in(found.items))
    phones = await _phones(reader)
    nobody = person_of(None)
    return reader.page(
        [lead_view(one, people.get(one.id, nobody), phones, names) for one in found.items],
        found.next_cursor,
    )


@router.get("/lead-pool")
async def list_pool(
    reader: Reader,
    temperature: Temperature | None = None,
    product_line: Word = None,
    region: Word = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What nobody works on, the oldest first; people are not shown before it is claimed."""
    await reader.scope("leads:claim")
    asked = {
        "temperature": temperature,
        "product_line": product_line,
        "company.region": region,
    }
    found = await queries.pool(reader.db, asked, limit=limit, cursor=cursor)
    return reader.page([pool_view(one) for one in found.items], found.next_cursor)


@router.get("/leads/{lead_id}")
async def read_lead(lead_id: IdPath, reader: Reader) -> Response:
    lead = await reader.load(LEADS, lead_id, "leads:read")
    person = person_of(await reader.document(PEOPLE, lead_id))
    names = await queries.names_of(reader.db, owners_in([lead]))
    view = lead_view(lead, person, await _phones(reader), names)
    return reader.show(view, version=lead.version)


@router.get("/leads/{lead_id}/contact-card")
async def read_contact_card(lead_id: IdPath, reader: Reader) -> Response:
    """The person, to fill in `POST /contacts` with once there is a customer.

    Personal data goes from service to service by no event, so it is the user's client that
    brings it; afterwards `POST /leads/{id}/erase` forgets it here.
    """
    lead = await reader.load(LEADS, lead_id, READ_PHONE)
    return reader.show(contact_card(lead, person_of(await reader.document(PEOPLE, lead_id))))


@router.patch("/leads/{lead_id}")
async def update_lead(lead_id: IdPath, body: LeadChange, door: Door) -> Response:
    return await _run(door, lambda work: commands.update_lead(work, lead_id, body.changes()))


@router.post("/leads/{lead_id}/assign")
async def assign_lead(lead_id: IdPath, body: AssignIn, door: Door) -> Response:
    return await _run(door, lambda work: commands.assign_lead(work, lead_id, body.owner_id))


@router.post("/leads/{lead_id}/claim")
async def claim_lead(lead_id: IdPath, door: Door) -> Response:
    return await _run(door, lambda work: commands.claim_lead(work, lead_id))


@router.post("/leads/{lead_id}/give-back")
async def give_back_lead(lead_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await _run(door, lambda work: commands.give_back_lead(work, lead_id, body.reason))


@router.post("/leads/{lead_id}/record-contact")
async def record_contact(lead_id: IdPath, body: ContactIn, door: Door) -> Response:
    """The first one since the lead was assigned stops the clock of the first response."""
    return await _run(
        door,
        lambda work: commands.record_contact(
            work, lead_id, method=body.method, result=body.result, at=body.at
        ),
    )


@router.post("/leads/{lead_id}/qualify")
async def qualify_lead(lead_id: IdPath, body: QualifyIn, door: Door) -> Response:
    """A new customer is `qualifying` (pending) until the archive has registered or refused it."""
    wish = body.opportunity.value if body.opportunity else None
    return await _run(
        door, lambda work: qualifying.qualify_lead(work, lead_id, body.target(), wish)
    )


@router.post("/leads/{lead_id}/disqualify")
async def disqualify_lead(lead_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await _run(door, lambda work: commands.disqualify_lead(work, lead_id, body.reason))


@router.post("/leads/{lead_id}/reopen")
async def reopen_lead(lead_id: IdPath, door: Door) -> Response:
    return await _run(door, lambda work: commands.reopen_lead(work, lead_id))


@router.post("/leads/{lead_id}/erase")
async def erase_person(lead_id: IdPath, door: Door) -> Response:
    """On the person's request: who it was is forgotten."""
    return await _run(door, lambda work: commands.erase_person(work, lead_id))
