"""The HTTP door of the customer archive."""

import dataclasses
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import BatchIn
from chassis.mongo import Database
from chassis.problems import Forbidden
from chassis.reach import masked
from chassis.scopes import Scope
from chassis.work import Work
from fastapi import APIRouter, Query, Response

from customers.contacts.people import Vault
from customers.records import commands, queries
from customers.records.duplicates import Candidate, Probe
from customers.records.model import Customer, CustomerKind, Status
from customers.records.requests import CustomerChange, CustomerIn, DuplicateCheck, OwnerChange
from customers.records.store import CUSTOMERS, PHONES
from customers.requests import Id, PeoplesVault, Short

router = APIRouter(tags=["customers"])
READ_PHONE = "contacts:read-phone"


@router.get("/customers")
async def list_customers(
    reader: Reader,
    q: Annotated[str, Query(min_length=1, max_length=60)] | None = None,
    owner_id: Id | None = None,
    team_id: Id | None = None,
    kind: CustomerKind | None = None,
    status: Status | None = None,
    industry: Short | None = None,
    region: Short | None = None,
    group_parent_id: Id | None = None,
    external_id: Short | None = None,
    tag: Short | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    found = await queries.list_customers(
        reader.db,
        await reader.scope("customers:read"),
        q=q,
        limit=limit,
        cursor=cursor,
        owner_id=owner_id,
        team_id=team_id,
        kind=kind,
        status=status,
        industry=industry,
        area=region,
        group_parent_id=group_parent_id,
        external_id=external_id,
        tags=tag,
    )
    phones = await scope_or_none(reader, READ_PHONE)
    shown = await _shown_many(reader.db, found.items, phones)
    return reader.page(shown, found.next_cursor)


@router.post("/customers", status_code=201)
async def register_customer(body: CustomerIn, door: Door, vault: PeoplesVault) -> Response:
    return await door.run(
        lambda work: _register(work, vault, body), shown=_shown, created="/customers"
    )


@router.post("/customers/batch")
async def register_many(body: BatchIn, door: Door, vault: PeoplesVault) -> Response:
    async def register(work: Work, one: CustomerIn) -> Customer:
        return await _register(work, vault, one)

    return await door.batch(body.items, CustomerIn, register, shown=_shown, created="/customers")


@router.post("/customers/check-duplicates")
async def check_duplicates(body: DuplicateCheck, door: Door, vault: PeoplesVault) -> Response:
    """Who might be the same, and whose it is; what is in the record is not told."""
    probe = Probe(
        names=[body.name, *body.former_names],
        credit_code=body.credit_code,
        phones=body.phones,
        mails=body.mails,
        group_parent_id=body.group_parent_id,
    )
    return await door.run(
        lambda work: commands.check_duplicates(work, vault, probe), shown=_candidates_view
    )


@router.get("/customers/{customer_id}")
async def read_customer(customer_id: Id, reader: Reader) -> Response:
    customer = await reader.load(CUSTOMERS, customer_id, "customers:read")
    phones = await scope_or_none(reader, READ_PHONE)
    [shown] = await _shown_many(reader.db, [customer], phones)
    return reader.show(shown, version=customer.version)


@router.patch("/customers/{customer_id}")
async def change_customer(
    customer_id: Id, body: CustomerChange, door: Door, vault: PeoplesVault
) -> Response:
    changes = body.values(given_only=True)
    return await door.run(
        lambda work: commands.change_customer(work, vault, customer_id, changes), shown=_shown
    )


@router.post("/customers/{customer_id}/change-owner")
async def change_owner(customer_id: Id, body: OwnerChange, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_owner(work, customer_id, body.owner_id), shown=_shown
    )


async def _register(work: Work, vault: Vault, body: CustomerIn) -> Customer:
    return await commands.register_customer(
        work,
        vault,
        body.values(),
        owner_id=body.owner_id,
        is_forced=body.force,
        reason=body.reason,
    )


async def scope_or_none(asked: Any, action: str) -> Scope | None:
    """The scope of `action` for a reader or a unit of work; None without any right."""
    try:
        scope: Scope = await asked.scope(action)
    except Forbidden:
        return None
    return scope


async def _shown(customer: Customer, work: Work) -> dict[str, Any]:
    [view] = await _shown_many(work.db, [customer], await scope_or_none(work, READ_PHONE))
    return view


async def _shown_many(
    db: Database, customers: list[Customer], phones: Scope | None
) -> list[dict[str, Any]]:
    names = await queries.names_of_staff(db, [one.owner_id for one in customers])
    return [
        customer_view(one, names, shows_phones=phones is not None and phones.allows(one))
        for one in customers
    ]


HIDDEN = frozenset({"recorded", "key", "rights_of", "area", "region"})


def customer_view(
    customer: Customer, names: dict[str, str], *, shows_phones: bool
) -> dict[str, Any]:
    """`region` is the customer's own; its owner's is `owner_region`."""
    view = {
        one.name: getattr(customer, one.name)
        for one in dataclasses.fields(customer)
        if one.name not in HIDDEN
    }
    view["region"], view["owner_region"] = customer.area, customer.region
    view["owner_name"] = names.get(customer.owner_id or "")
    view["channels"] = [
        {
            "kind": one.kind,
            "value": one.value if shows_phones or one.kind not in PHONES else masked(one.value),
        }
        for one in customer.channels
    ]
    return view


async def _candidates_view(found: list[Candidate], work: Work) -> dict[str, Any]:
    names = await queries.names_of_staff(work.db, [one.customer.get("owner_id") for one in found])
    seen = await scope_or_none(work, "customers:read")
    return {"candidates": [_candidate_view(one, names, seen) for one in found]}


def _candidate_view(
    candidate: Candidate, names: dict[str, str], seen: Scope | None
) -> dict[str, Any]:
    owner_id = candidate.customer.get("owner_id")
    view: dict[str, Any] = {
        "score": candidate.score,
        "is_exact": candidate.is_exact,
        "reasons": sorted(candidate.reasons),
        "owner": {"id": owner_id, "name": names.get(owner_id)} if owner_id else None,
    }
    if seen is not None and seen.allows(candidate.customer):
        view["customer_id"] = candidate.customer["_id"]
    return view
