"""Reading contacts."""

from typing import Any

from chassis.mongo import Database
from chassis.pages import Page, page
from chassis.reach import mail_address, phone_digits
from chassis.scopes import Scope
from chassis.work import Work

from customers.contacts.model import Contact
from customers.contacts.people import PEOPLE, Vault
from customers.contacts.store import CONTACTS

MOST_FOUND = 50


async def list_contacts(
    db: Database,
    vault: Vault,
    scope: Scope,
    *,
    customer_id: str | None,
    buying_role: str | None,
    phone: str | None,
    mail: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Contact]:
    """Newest first; by phone or mail only the very number or address is found."""
    conditions: list[dict[str, Any]] = [scope.filter()]
    if customer_id:
        conditions.append({"customer_id": customer_id})
    if buying_role:
        conditions.append({"buying_role": buying_role})
    for kind, value in (
        ("phones", phone_digits(phone) or phone if phone else None),
        ("mails", mail_address(mail) if mail else None),
    ):
        if value:
            people = db[PEOPLE].find({kind: await vault.hashed(kind, value)}, {"_id": 1})
            ids = [person["_id"] async for person in people.limit(MOST_FOUND)]
            conditions.append({"_id": {"$in": ids}})
    return await page(
        db[CONTACTS.collection],
        {"$and": conditions},
        limit=limit,
        cursor=cursor,
        decode=CONTACTS.aggregate,
    )


async def superiors_of(work: Work, contact: Contact) -> frozenset[str]:
    """The ids of everybody whom a contact reports to, directly or not."""
    above: set[str] = set()
    superior_id = contact.reports_to_id
    while superior_id is not None and superior_id not in above:
        above.add(superior_id)
        superior = await work.find(CONTACTS, superior_id)
        superior_id = superior.reports_to_id if superior else None
    return frozenset(above)
