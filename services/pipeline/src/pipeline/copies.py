"""Local copies of what other services own: customers, contacts' roles in buying, visits, tiers.

Written by `consumers` only. Staff and teams are the chassis' copies (`staff_copy`, `team_copy`).
"""

from collections.abc import Iterable

from chassis.mongo import Document
from chassis.problems import CHINESE, ENGLISH, FieldError
from chassis.work import Work
from pymongo import ASCENDING, IndexModel

CUSTOMERS = "customer_copy"
CONTACTS = "contact_copy"
VISITS = "visit_copy"
TIERS = "tier_copy"
INDEXES = {
    CUSTOMERS: [
        IndexModel([("name", ASCENDING)], name="name"),
        IndexModel([("external_id", ASCENDING)], name="external_id"),
        IndexModel([("credit_code", ASCENDING)], name="credit_code", sparse=True),
        IndexModel([("cores", ASCENDING)], name="cores"),
        IndexModel([("pieces", ASCENDING)], name="pieces"),
        IndexModel([("group_parent_id", ASCENDING)], name="group"),
    ],
    CONTACTS: [IndexModel([("customer_id", ASCENDING)], name="customer")],
    VISITS: [],
    TIERS: [],
}


def field_error(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})


def unknown(pointer: str, zh: str, en: str) -> FieldError:
    """A field that names something we have never heard of."""
    return field_error(pointer, "unknown", f"没有这个{zh}", f"no such {en}")


async def customer(work: Work, customer_id: str) -> Document | None:
    return await work.document(CUSTOMERS, customer_id)


async def tier_of(work: Work, customer_id: str) -> str | None:
    """The effective tier 层级 of a customer, as insights last told it."""
    known = await work.document(TIERS, customer_id)
    return None if known is None else known["tier"]


async def unknown_contacts(
    work: Work, contact_ids: Iterable[str], pointer: str
) -> list[FieldError]:
    """One error for each contact that is not known, or was erased."""
    wanted = list(contact_ids)
    known = await work.documents(CONTACTS, wanted)
    return [
        unknown(f"{pointer}/{place}", "联系人", "contact")
        for place, contact_id in enumerate(wanted)
        if contact_id not in known or known[contact_id].get("is_erased")
    ]


async def buying_roles(work: Work, contact_ids: Iterable[str]) -> dict[str, str | None]:
    """Contact id → role in buying, of those that are known."""
    known = await work.documents(CONTACTS, sorted(set(contact_ids)))
    return {contact_id: contact.get("buying_role") for contact_id, contact in known.items()}
