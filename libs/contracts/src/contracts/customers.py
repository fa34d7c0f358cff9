"""Events of the customers service. Of people only ids appear here, never names or numbers."""

from datetime import date, datetime

import msgspec

from contracts.envelope import Event, event
from contracts.values import ContactId, CustomerId, LeadId, Money, Position, StaffId


class CustomerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What other services may know of a customer 客户."""

    name: str
    kind: str = "end_user"
    status: str = "potential"
    industry: str | None = None
    region: str | None = None
    external_id: str | None = None
    credit_code: str | None = None
    owner_id: StaffId | None = None
    collaborator_ids: list[StaffId] = []
    group_parent_id: CustomerId | None = None
    upstream_dealer_id: CustomerId | None = None
    positions: list[Position] = []
    yearly_demand: Money | None = None
    credit_limit: Money | None = None
    credit_days: int | None = None
    credit_terms: str = "own"
    is_reference: bool = False
    tags: list[str] = []


@event("customer", "registered")
class CustomerRegistered(Event, frozen=True, kw_only=True):
    """`lead_id`: the lead that it was registered for, if any."""

    customer_id: CustomerId
    profile: CustomerProfile
    lead_id: LeadId | None = None


@event("customer_refusal", "recorded")
class CustomerRefusalRecorded(Event, frozen=True, kw_only=True):
    """A lead's company was not registered: it is known (`duplicate_of`), or not valid.

    `attempt` is that of the lead's request.
    """

    customer_refusal_id: str
    lead_id: LeadId
    attempt: int
    reason: str
    duplicate_of: CustomerId | None = None
    duplicate_owner_id: StaffId | None = None


@event("customer", "updated")
class CustomerUpdated(Event, frozen=True, kw_only=True):
    """`changed` names every changed field, also those that are not published."""

    customer_id: CustomerId
    profile: CustomerProfile
    previous: CustomerProfile
    changed: list[str]


@event("customer", "owner_changed")
class CustomerOwnerChanged(Event, frozen=True, kw_only=True):
    customer_id: CustomerId
    owner_id: StaffId | None
    previous_owner_id: StaffId | None
    collaborator_ids: list[StaffId] = []


@event("customer", "status_changed")
class CustomerStatusChanged(Event, frozen=True, kw_only=True):
    """Potential → interested → won → dormant → lost, moved by facts (`reason` names the fact)."""

    customer_id: CustomerId
    status: str
    previous_status: str
    reason: str


@event("contact", "added")
class ContactAdded(Event, frozen=True, kw_only=True):
    contact_id: ContactId
    customer_id: CustomerId
    buying_role: str | None = None
    attitude: int | None = None
    reports_to_id: ContactId | None = None


@event("contact", "updated")
class ContactUpdated(Event, frozen=True, kw_only=True):
    """Personal fields are named in `changed`; their values are not told."""

    contact_id: ContactId
    customer_id: CustomerId
    buying_role: str | None = None
    attitude: int | None = None
    reports_to_id: ContactId | None = None
    previous_buying_role: str | None = None
    previous_attitude: int | None = None
    changed: list[str]


@event("contact", "erased")
class ContactErased(Event, frozen=True, kw_only=True):
    contact_id: ContactId
    customer_id: CustomerId
    erased_at: datetime
    requested_on: date | None = None
