"""Registrations 报备: whose project it is at a customer, for how long, and who ruled so."""

from datetime import date

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, RegistrationId, StaffId

__all__ = [
    "RegistrationConflicted",
    "RegistrationExtended",
    "RegistrationGranted",
    "RegistrationLapsed",
    "RegistrationPolicyChanged",
    "RegistrationPolicyTerms",
    "RegistrationReleased",
    "RegistrationRuled",
]


@event("registration", "granted")
class RegistrationGranted(Event, frozen=True, kw_only=True):
    """Protected until the end of `expires_on`; `way` is rule, or succession after another's end."""

    registration_id: RegistrationId
    customer_id: CustomerId
    project_name: str
    product_line: str
    owner_id: StaffId
    dealer_id: CustomerId | None = None
    expires_on: date
    way: str
    similar_to: list[RegistrationId] = []


@event("registration", "conflicted")
class RegistrationConflicted(Event, frozen=True, kw_only=True):
    """撞单: somebody registered the project before; it waits for a ruling."""

    registration_id: RegistrationId
    customer_id: CustomerId
    project_name: str
    product_line: str
    owner_id: StaffId
    dealer_id: CustomerId | None = None
    conflicts_with: list[RegistrationId]


@event("registration", "ruled")
class RegistrationRuled(Event, frozen=True, kw_only=True):
    """A superior of all sides decided; `against` are the others."""

    registration_id: RegistrationId
    customer_id: CustomerId
    is_granted: bool
    previous_status: str
    expires_on: date | None
    reason: str
    ruled_by: StaffId
    against: list[RegistrationId]


@event("registration", "extended")
class RegistrationExtended(Event, frozen=True, kw_only=True):
    """By progress (`evidence`), or by a superior's approval."""

    registration_id: RegistrationId
    customer_id: CustomerId
    expires_on: date
    previous_expires_on: date
    extensions: int
    evidence: str | None = None
    approved_by: StaffId | None = None


@event("registration", "lapsed")
class RegistrationLapsed(Event, frozen=True, kw_only=True):
    registration_id: RegistrationId
    customer_id: CustomerId
    expired_on: date


@event("registration", "released")
class RegistrationReleased(Event, frozen=True, kw_only=True):
    registration_id: RegistrationId
    customer_id: CustomerId
    reason: str
    previous_status: str


class RegistrationPolicyTerms(msgspec.Struct, frozen=True, kw_only=True):
    protection_days: int
    extension_days: int
    most_extensions: int


@event("registration_policy", "changed")
class RegistrationPolicyChanged(Event, frozen=True, kw_only=True):
    terms: RegistrationPolicyTerms
    previous: RegistrationPolicyTerms
