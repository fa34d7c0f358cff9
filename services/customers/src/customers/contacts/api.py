"""The HTTP door of contacts. Answers with people in them are never stored."""

from datetime import date
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.reach import masked
from chassis.scopes import Scope
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from customers.contacts import commands, queries
from customers.contacts.model import PERSONAL, BuyingRole, Contact, Person
from customers.contacts.people import Vault
from customers.contacts.store import CONTACTS
from customers.records.api import READ_PHONE, scope_or_none
from customers.requests import Id, Long, Mail, Name, PeoplesVault, Phone, Short

router = APIRouter(tags=["contacts"])


class ContactFields(RequestModel):
    """抱负 ambition, 品行 conduct, 性格 temperament, 喜好 likes, 特长 strengths."""

    title: Short | None = None
    phone: Phone | None = None
    mail: Mail | None = None
    wechat: Short | None = None
    birthday: date | None = None
    ambition: Long | None = None
    conduct: Long | None = None
    temperament: Long | None = None
    likes: Long | None = None
    strengths: Long | None = None
    department: Short | None = None
    buying_role: BuyingRole | None = None
    attitude: int | None = Field(None, ge=-2, le=2)
    reports_to_id: Id | None = None


class ContactIn(ContactFields):
    """A person at a customer."""

    customer_id: Id
    name: Name


class ContactChange(ContactFields):
    """Only what is named changes; null empties a field."""

    name: Name | None = None

    @model_validator(mode="after")
    def _name_stays(self) -> "ContactChange":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a contact has a name")
        return self


class Erasure(RequestModel):
    """`requested_on`: when the person asked for it."""

    requested_on: date | None = None


@router.get("/contacts")
async def list_contacts(
    reader: Reader,
    vault: PeoplesVault,
    customer_id: Id | None = None,
    buying_role: BuyingRole | None = None,
    phone: Annotated[str, Query(max_length=30)] | None = None,
    mail: Annotated[str, Query(max_length=254)] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    found = await queries.list_contacts(
        reader.db,
        vault,
        await reader.scope("contacts:read"),
        customer_id=customer_id,
        buying_role=buying_role,
        phone=phone,
        mail=mail,
        limit=limit,
        cursor=cursor,
    )
    people = await vault.open_many([contact.id for contact in found.items])
    phones = await scope_or_none(reader, READ_PHONE)
    shown = [contact_view(one, people.get(one.id), phones) for one in found.items]
    return reader.page(shown, found.next_cursor)


@router.post("/contacts", status_code=201)
async def add_contact(body: ContactIn, door: Door, vault: PeoplesVault) -> Response:
    given = body.model_dump(exclude={"customer_id"})
    person = Person(**{name: value for name, value in given.items() if name in PERSONAL})
    plain = {name: value for name, value in given.items() if name not in PERSONAL}
    return await door.run(
        lambda work: commands.add_contact(work, vault, body.customer_id, person, plain),
        shown=_shown(vault),
        created="/contacts",
        personal=_read_again,
    )


@router.get("/contacts/{contact_id}")
async def read_contact(contact_id: Id, reader: Reader, vault: PeoplesVault) -> Response:
    contact = await reader.load(CONTACTS, contact_id, "contacts:read")
    people = await vault.open_many([contact_id])
    phones = await scope_or_none(reader, READ_PHONE)
    view = contact_view(contact, people.get(contact_id), phones)
    return reader.show(view, version=contact.version)


@router.patch("/contacts/{contact_id}")
async def change_contact(
    contact_id: Id, body: ContactChange, door: Door, vault: PeoplesVault
) -> Response:
    changes = body.model_dump(exclude_unset=True)
    return await door.run(
        lambda work: commands.change_contact(work, vault, contact_id, changes),
        shown=_shown(vault),
        personal=_read_again,
    )


@router.post("/contacts/{contact_id}/erase")
async def erase_contact(
    contact_id: Id, door: Door, vault: PeoplesVault, body: Erasure | None = None
) -> Response:
    """On the person's request: nothing personal is left, only that somebody was erased."""
    requested_on = body.requested_on if body else None
    return await door.run(
        lambda work: commands.erase_contact(work, vault, contact_id, requested_on),
        shown=_shown(vault),
        personal=_read_again,
    )


async def _read_again(work: Work, contact_id: str) -> Contact:
    return await work.load(CONTACTS, contact_id)


def _shown(vault: Vault) -> Any:
    async def shown(contact: Contact, work: Work) -> dict[str, Any]:
        phones = await scope_or_none(work, READ_PHONE)
        return contact_view(contact, await vault.open(work, contact.id), phones)

    return shown


def contact_view(contact: Contact, person: Person | None, phones: Scope | None) -> dict[str, Any]:
    """Personal fields are null once the person was erased."""
    view: dict[str, Any] = {
        "id": contact.id,
        "customer_id": contact.customer_id,
        "department": contact.department,
        "buying_role": contact.buying_role,
        "attitude": contact.attitude,
        "reports_to_id": contact.reports_to_id,
        "owner_id": contact.owner_id,
        "is_erased": contact.is_erased,
        "erased_at": contact.erased_at,
        "version": contact.version,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }
    view |= {name: getattr(person, name, None) for name in sorted(PERSONAL)}
    if view["phone"] and not (phones is not None and phones.allows(contact)):
        view["phone"] = masked(view["phone"])
    return view
