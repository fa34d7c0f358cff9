"""Whose a record about a customer is: the customer's owner's, for as long as they own it."""

from dataclasses import dataclass

from chassis import organisation
from chassis.door import Reading
from chassis.problems import NotFound, ValidationFailed
from chassis.work import Work

from pipeline import copies


@dataclass(frozen=True, kw_only=True)
class Rights:
    """As a record carries them."""

    owner_id: str | None
    team_id: str | None
    region: str | None
    collaborator_ids: list[str]


async def rights_over(work: Work, customer_id: str, action: str) -> Rights:
    """Of a new record about a customer that the caller may do `action` for.

    Raises:
        NotFound: the customer is out of reach.
        ValidationFailed: there is none.
    """
    scope = await work.scope(action)
    known = await copies.customer(work, customer_id)
    if known is None:
        raise ValidationFailed(copies.unknown("/customer_id", "客户", "customer"))
    stamp = await organisation.stamp(work, known.get("owner_id") or "")
    if not scope.allows(known | {"team_id": stamp.team_id}):
        raise NotFound("customer", customer_id)
    return Rights(
        owner_id=known.get("owner_id"),
        team_id=stamp.team_id,
        region=stamp.region,
        collaborator_ids=list(known.get("collaborator_ids") or []),
    )


async def require_customer(reader: Reading, customer_id: str, action: str) -> None:
    """A customer within the caller's reach. Raises NotFound."""
    scope = await reader.scope(action)
    known = await reader.document(copies.CUSTOMERS, customer_id)
    if known is None:
        raise NotFound("customer", customer_id)
    team_id = await reader.core.tree.team_of(known.get("owner_id") or "")
    if not scope.allows(known | {"team_id": team_id}):
        raise NotFound("customer", customer_id)
