"""What can be done with contacts."""

import dataclasses
from datetime import date
from typing import Any

from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from customers.contacts import queries
from customers.contacts.journal import bury
from customers.contacts.model import PERSONAL, Contact, Person
from customers.contacts.people import Vault
from customers.contacts.store import CONTACTS
from customers.records.model import Customer
from customers.records.store import CUSTOMERS


async def add_contact(
    work: Work, vault: Vault, customer_id: str, person: Person, given: dict[str, Any]
) -> Contact:
    """`given` are the fields that are not personal."""
    customer = await _customer(work, customer_id)
    contact = Contact(
        id=new_id(),
        key=customer.id,
        customer_id=customer.id,
        rights_of=customer.reference,
        owner_id=customer.owner_id,
        team_id=customer.team_id,
        region=customer.region,
        collaborator_ids=list(customer.collaborator_ids),
        **given,
    )
    (await work.scope("contacts:write")).require(contact, seen=await work.scope("contacts:read"))
    if contact.reports_to_id is not None:
        await _require_superior(work, contact, contact.reports_to_id)
    await vault.seal(work, contact.id, customer.id, person)
    return work.add(CONTACTS, contact.add())


async def change_contact(
    work: Work, vault: Vault, contact_id: str, changes: dict[str, Any]
) -> Contact:
    """Personal fields are sealed anew; the event names them and no more."""
    contact = await _writable(work, contact_id, "contacts:write")
    plain = {name: value for name, value in changes.items() if name not in PERSONAL}
    superior_id = plain.get("reports_to_id")
    if superior_id is not None:
        await _require_superior(work, contact, superior_id)
    personal = {name: value for name, value in changes.items() if name in PERSONAL}
    changed: list[str] = []
    person = await vault.open(work, contact_id)
    if person is not None:
        changed = [name for name, value in personal.items() if getattr(person, name) != value]
        if changed:
            person = dataclasses.replace(person, **personal)
            await vault.seal(work, contact_id, contact.customer_id, person)
    contact.change(plain, changed)
    return contact


async def erase_contact(
    work: Work, vault: Vault, contact_id: str, requested_on: date | None
) -> Contact:
    """Forget a person on request: key, hashes and data go, a tombstone stays."""
    contact = await _writable(work, contact_id, "contacts:erase")
    contact.erase(work.now, requested_on)
    vault.destroy(work, contact_id)
    bury(work, contact)
    return contact


async def _customer(work: Work, customer_id: str) -> Customer:
    customer = await work.find(CUSTOMERS, customer_id)
    if customer is None or not (await work.scope("contacts:read")).allows(customer):
        raise _unknown("/customer_id", customer_id)
    return customer


async def _writable(work: Work, contact_id: str, action: str) -> Contact:
    may_write = await work.scope(action)
    contact = await work.load(CONTACTS, contact_id)
    may_write.require(contact, seen=await work.scope("contacts:read"))
    return contact


async def _require_superior(work: Work, contact: Contact, superior_id: str) -> None:
    """Somebody at the same customer, who does not report to the contact."""
    await work.guard(f"reports:{contact.customer_id}")
    superior = await work.find(CONTACTS, superior_id)
    if superior is None or superior.customer_id != contact.customer_id or superior.is_erased:
        raise _unknown("/reports_to_id", superior_id)
    contact.require_no_ring(superior_id, await queries.superiors_of(work, superior))


def _unknown(pointer: str, identifier: str) -> ValidationFailed:
    return ValidationFailed(
        FieldError(
            pointer,
            "unknown-id",
            {CHINESE: f"没有 {identifier}", ENGLISH: f"there is no {identifier}"},
        )
    )
