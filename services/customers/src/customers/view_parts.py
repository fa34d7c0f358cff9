"""Customers' parts of the gateway's views: its own endpoints, read together."""

from chassis.door import Reader
from chassis.view_parts import gathered
from fastapi import APIRouter, Response

from customers.contacts.api import list_contacts
from customers.records.api import read_customer
from customers.requests import Id, PeoplesVault

router = APIRouter(include_in_schema=False)
LISTED = 20


@router.get("/views/customer-360/{customer_id}")
async def customer_360(customer_id: Id, reader: Reader, vault: PeoplesVault) -> Response:
    """The customer's archive and people."""
    return await gathered(
        reader,
        {
            "customer": read_customer(customer_id, reader),
            "contacts": list_contacts(reader, vault, customer_id=customer_id, limit=LISTED),
        },
    )
