"""A customer's card over HTTP: its addresses and contacts, and nothing else of its archive.

For whoever may read the customer, and for members of a deal's team.
"""

from typing import Annotated, Any

from chassis.door import Reader
from chassis.problems import NotFound
from chassis.scopes import Scope
from fastapi import APIRouter, Query, Response

from customers.contacts import queries
from customers.contacts.api import contact_view
from customers.deal_members.store import is_member
from customers.records.api import READ_PHONE, scope_or_none
from customers.records.model import Customer
from customers.records.store import CUSTOMERS
from customers.requests import Id, PeoplesVault

router = APIRouter(tags=["customers"])


@router.get("/customers/{customer_id}/card")
async def read_card(customer_id: Id, reader: Reader) -> Response:
    customer = await _reached(reader, customer_id, "customers:read")
    return reader.show(card_view(customer))


@router.get("/customers/{customer_id}/card/contacts")
async def list_card_contacts(
    customer_id: Id,
    reader: Reader,
    vault: PeoplesVault,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    await _reached(reader, customer_id, "contacts:read")
    found = await queries.list_contacts(
        reader.db,
        vault,
        Scope("all", reader.caller.staff_id),
        customer_id=customer_id,
        buying_role=None,
        phone=None,
        mail=None,
        limit=limit,
        cursor=cursor,
    )
    people = await vault.open_many([contact.id for contact in found.items])
    phones = await scope_or_none(reader, READ_PHONE)
    shown = [contact_view(one, people.get(one.id), phones) for one in found.items]
    return reader.page(shown, found.next_cursor)


def card_view(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "name": customer.name, "addresses": customer.addresses}


async def _reached(reader: Reader, customer_id: str, action: str) -> Customer:
    """Raises NotFound for whoever neither may read it nor takes part in a deal with it."""
    scope = await reader.scope(action)
    customer = await reader.find(CUSTOMERS, customer_id)
    if customer is not None and (
        scope.allows(customer) or await is_member(reader.db, customer_id, reader.caller.staff_id)
    ):
        return customer
    raise NotFound(Customer.TYPE, customer_id)
