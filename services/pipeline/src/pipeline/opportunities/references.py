"""Whether what a deal names is known here: customers, products, contacts, staff."""

from typing import Any

from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work

from pipeline.copies import CUSTOMERS, unknown, unknown_contacts
from pipeline.opportunities.model import DealContact, Party
from pipeline.products.model import Line
from pipeline.products.store import PRODUCTS


async def require_known(work: Work, values: dict[str, Any]) -> None:
    """Raises ValidationFailed with every field that names something unknown."""
    errors = [
        *await _unknown_customers(work, values),
        *await unknown_products(work, values.get("lines") or [], values.get("product_id")),
        *await _unknown_staff(work, values.get("collaborator_ids") or []),
    ]
    contacts: list[DealContact] = values.get("contacts") or []
    errors += await unknown_contacts(work, [one.contact_id for one in contacts], "/contacts")
    if errors:
        raise ValidationFailed(errors)


async def unknown_products(
    work: Work, lines: list[Line], product_id: str | None = None
) -> list[FieldError]:
    pointers = {f"/lines/{place}/product_id": line.product_id for place, line in enumerate(lines)}
    if product_id is not None:
        pointers["/product_id"] = product_id
    known = await work.find_many(PRODUCTS, sorted(set(pointers.values())))
    return [
        unknown(pointer, "产品", "product") for pointer, one in pointers.items() if one not in known
    ]


async def _unknown_customers(work: Work, values: dict[str, Any]) -> list[FieldError]:
    parties: list[Party] = values.get("parties") or []
    pointers = {
        f"/parties/{place}/customer_id": party.customer_id
        for place, party in enumerate(parties)
        if party.customer_id
    }
    if values.get("customer_id"):
        pointers["/customer_id"] = values["customer_id"]
    known = await work.documents(CUSTOMERS, sorted(set(pointers.values())))
    return [
        unknown(pointer, "客户", "customer")
        for pointer, one in pointers.items()
        if one not in known
    ]


async def _unknown_staff(work: Work, staff_ids: list[str]) -> list[FieldError]:
    known = await work.documents("staff_copy", sorted(set(staff_ids)))
    return [
        unknown(f"/collaborator_ids/{place}", "员工", "member of staff")
        for place, one in enumerate(staff_ids)
        if one not in known
    ]
