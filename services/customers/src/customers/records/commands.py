"""What can be done with customer records."""

from typing import Any

from chassis import organisation
from chassis.ids import new_id
from chassis.names import core_of
from chassis.organisation import Stamp
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from customers.contacts.people import Vault
from customers.contacts.store import CONTACTS
from customers.records import queries
from customers.records.duplicates import REFUSED_FROM, Candidate, Probe, candidates
from customers.records.model import CreditTerms, Customer, CustomerExists
from customers.records.store import CUSTOMERS, DOMAINS, PHONES

CREDIT = ("credit_limit", "credit_days", "credit_terms")
"""Finance decides on these: they need `customers:write-credit`."""


async def register_customer(
    work: Work,
    vault: Vault,
    fields: dict[str, Any],
    *,
    owner_id: str | None = None,
    is_forced: bool = False,
    reason: str | None = None,
) -> Customer:
    """Bring a customer into the archive, owned by the caller unless another is named.

    Raises:
        CustomerExists: it does; or may, and `is_forced` with a reason does not say otherwise.
    """
    await work.scope("customers:write")
    if any(fields.get(name) not in (None, CreditTerms.OWN) for name in CREDIT):
        await work.scope("customers:write-credit")
    post = await _owner(work, owner_id)
    identifier = new_id()
    customer = Customer(
        id=identifier,
        key=identifier,
        owner_id=post.staff_id if post else None,
        team_id=post.team_id if post else None,
        region=post.region if post else None,
        duplicate_reason=reason if is_forced else None,
        **fields,
    )
    return await admit(work, vault, customer, may_be_forced=is_forced and bool(reason))


async def admit(work: Work, vault: Vault, customer: Customer, *, may_be_forced: bool) -> Customer:
    """Into the archive, if nobody has it already; whoever asks for it.

    Raises:
        CustomerExists: it exists; or may exist, unless `may_be_forced`.
    """
    await _require_known(work, customer)
    await _guard(work, customer)
    await _require_new(work, vault, customer, may_be_forced=may_be_forced)
    return work.add(CUSTOMERS, customer.register())


async def change_customer(
    work: Work, vault: Vault, customer_id: str, changes: dict[str, Any]
) -> Customer:
    customer = await _writable(work, customer_id, "customers:write")
    names = {"name", "legal_name", "former_names", "credit_code"}
    is_renamed = any(getattr(customer, name) != changes.get(name) for name in names & set(changes))
    parent_id = changes.get("group_parent_id")
    if parent_id is not None and parent_id != customer.group_parent_id:
        await work.guard("groups")
        parent = await work.find(CUSTOMERS, parent_id)
        above = await queries.ids_above(work, parent)
        customer.require_no_ring(parent_id, above)
    if any(name in changes and changes[name] != getattr(customer, name) for name in CREDIT):
        (await work.scope("customers:write-credit")).require(customer)
    customer.change(changes)
    await _require_known(work, customer)
    if "collaborator_ids" in changes:
        _share_contacts(work, customer)
    if is_renamed:
        await _guard(work, customer)
        await _require_new(work, vault, customer, may_be_forced=True)
    return customer


async def change_owner(work: Work, customer_id: str, owner_id: str | None) -> Customer:
    """Give the customer, with its contacts, to somebody else."""
    customer = await _writable(work, customer_id, "customers:change-owner")
    post = await _known_staff(work, owner_id) if owner_id else None
    customer.be_owned_by(owner_id, post.team_id if post else None, post.region if post else None)
    _share_contacts(work, customer)
    return customer


async def check_duplicates(work: Work, vault: Vault, probe: Probe) -> list[Candidate]:
    await work.scope("customers:check-duplicates")
    return await candidates(work.db, vault, probe)


async def _owner(work: Work, owner_id: str | None) -> Stamp | None:
    """The caller's own post, or another's within the caller's right to assign."""
    own = work.caller.staff_id if work.caller else None
    if owner_id is None or owner_id == own:
        return await organisation.stamp(work, own) if own else None
    post = await _known_staff(work, owner_id)
    scope = await work.scope("customers:change-owner")
    if not scope.allows({"owner_id": owner_id, "team_id": post.team_id}):
        raise _unknown("/owner_id", owner_id)
    return post


async def _known_staff(work: Work, staff_id: str) -> Stamp:
    post = await organisation.stamp(work, staff_id)
    if not post.exists:
        raise _unknown("/owner_id", staff_id)
    return post


async def _writable(work: Work, customer_id: str, action: str) -> Customer:
    may_write = await work.scope(action)
    customer = await work.load(CUSTOMERS, customer_id)
    may_write.require(customer, seen=await work.scope("customers:read"))
    return customer


async def _guard(work: Work, customer: Customer) -> None:
    """Two that register the same one at once queue here. (Always name first, then code.)"""
    await work.guard(f"customer-name:{core_of(customer.name)}")
    if customer.credit_code:
        await work.guard(f"credit-code:{customer.credit_code}")


async def _require_new(
    work: Work, vault: Vault, customer: Customer, *, may_be_forced: bool
) -> None:
    found = await candidates(work.db, vault, probe_of(customer))
    exact = [one for one in found if one.is_exact]
    likely = [one for one in found if one.score >= REFUSED_FROM]
    if exact:
        raise await _duplicate(work, exact[0], can_be_forced=False)
    if likely and not may_be_forced:
        raise await _duplicate(work, likely[0], can_be_forced=True)


def probe_of(customer: Customer) -> Probe:
    return Probe(
        names=customer.names,
        credit_code=customer.credit_code,
        phones=[one.value for one in customer.channels if one.kind in PHONES],
        mails=[one.value for one in customer.channels if one.kind in DOMAINS],
        group_parent_id=customer.group_parent_id,
        ignoring=customer.id,
    )


async def _duplicate(work: Work, candidate: Candidate, *, can_be_forced: bool) -> CustomerExists:
    """Whom to talk to; nothing of the record."""
    owner_id = candidate.customer.get("owner_id")
    names = await queries.names_of_staff(work.db, [owner_id])
    owner = {"id": owner_id, "name": names.get(owner_id or "")} if owner_id else None
    called = names.get(owner_id or "") or owner_id or "-"
    return CustomerExists(
        candidate.customer["_id"],
        {
            CHINESE: f"客户已存在，负责人：{called}"
            + ("；确为不同客户时请以 force 和 reason 说明" if can_be_forced else ""),
            ENGLISH: f"it exists, owned by {called}"
            + ("; if it is another one, say so with force and reason" if can_be_forced else ""),
        },
        members={
            "owner": owner,
            "score": candidate.score,
            "reasons": sorted(candidate.reasons),
            "can_be_forced": can_be_forced,
        },
    )


async def _require_known(work: Work, customer: Customer) -> None:
    """Other customers and colleagues that it names exist."""
    errors = []
    for name in ("group_parent_id", "upstream_dealer_id", "referrer_id"):
        identifier = getattr(customer, name)
        if identifier is not None and await work.find(CUSTOMERS, identifier) is None:
            errors.append(_unknown_field(f"/{name}", identifier))
    staff = await work.documents(organisation.STAFF, list(customer.collaborator_ids))
    errors += [
        _unknown_field(f"/collaborator_ids/{n}", one)
        for n, one in enumerate(customer.collaborator_ids)
        if one not in staff
    ]
    if errors:
        raise ValidationFailed(errors)


def _share_contacts(work: Work, customer: Customer) -> None:
    """Who may see the customer may see its people."""
    work.update_many(
        CONTACTS.collection,
        {"customer_id": customer.id},
        {
            "$set": {
                "owner_id": customer.owner_id,
                "team_id": customer.team_id,
                "region": customer.region,
                "collaborator_ids": customer.collaborator_ids,
            }
        },
    )


def _unknown_field(pointer: str, identifier: str) -> FieldError:
    return FieldError(
        pointer,
        "unknown-id",
        {CHINESE: f"没有 {identifier}", ENGLISH: f"there is no {identifier}"},
    )


def _unknown(pointer: str, identifier: str) -> ValidationFailed:
    return ValidationFailed(_unknown_field(pointer, identifier))
