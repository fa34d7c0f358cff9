"""Leads: captured, given to somebody, answered in time or not, and what became of them.

Of the people behind a lead nothing is told here, neither names nor numbers.
"""

from datetime import datetime

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, LeadId, OpportunityId, StaffId

__all__ = [
    "LeadAssigned",
    "LeadAssignmentRuleChanged",
    "LeadAssignmentRuleSet",
    "LeadAssignmentRuleWithdrawn",
    "LeadCaptured",
    "LeadCompany",
    "LeadDisqualified",
    "LeadFormChanged",
    "LeadFormClosed",
    "LeadFormOpened",
    "LeadFormTerms",
    "LeadLapsed",
    "LeadPersonErased",
    "LeadPolicyChanged",
    "LeadPolicyTerms",
    "LeadQualificationRefused",
    "LeadQualificationRequested",
    "LeadQualified",
    "LeadReferrer",
    "LeadReopened",
    "LeadResponded",
    "LeadReturned",
    "LeadRuleTerms",
    "LeadUpdated",
]


class LeadCompany(msgspec.Struct, frozen=True, kw_only=True):
    """The company that shows interest; `region` is its own, `kind` as of customers."""

    name: str
    credit_code: str | None = None
    industry: str | None = None
    region: str | None = None
    kind: str = "end_user"


class LeadReferrer(msgspec.Struct, frozen=True, kw_only=True):
    """Who referred it 转介绍: a `customer`, `contact` or `staff`, by id."""

    kind: str
    id: str


@event("lead", "captured")
class LeadCaptured(Event, frozen=True, kw_only=True):
    """A lead 线索; `channel` is api, import, form or referral."""

    lead_id: LeadId
    company: LeadCompany
    channel: str
    source: str | None = None
    campaign_id: str | None = None
    form_id: str | None = None
    referrer: LeadReferrer | None = None
    temperature: str
    product_line: str | None = None


@event("lead", "updated")
class LeadUpdated(Event, frozen=True, kw_only=True):
    """`changed` names every changed field, also those that are not published."""

    lead_id: LeadId
    company: LeadCompany
    previous_company: LeadCompany
    temperature: str
    previous_temperature: str
    changed: list[str]


@event("lead", "assigned")
class LeadAssigned(Event, frozen=True, kw_only=True):
    """`way` is rule, customer_owner, person, claim or reopened; `respond_by` ends the clock."""

    lead_id: LeadId
    owner_id: StaffId
    previous_owner_id: StaffId | None = None
    way: str
    rule_id: str | None = None
    respond_by: datetime | None


@event("lead", "responded")
class LeadResponded(Event, frozen=True, kw_only=True):
    """The first contact since it was assigned; `working_minutes` is how long that took."""

    lead_id: LeadId
    owner_id: StaffId
    method: str
    responded_at: datetime
    assigned_at: datetime
    working_minutes: int


@event("lead", "lapsed")
class LeadLapsed(Event, frozen=True, kw_only=True):
    """Nobody answered by `respond_by`; it is assigned anew, or returned to the pool."""

    lead_id: LeadId
    owner_id: StaffId
    respond_by: datetime
    lapses: int


@event("lead", "returned")
class LeadReturned(Event, frozen=True, kw_only=True):
    """Back to the pool 线索池: given back, lapsed with nobody left to ask, or its owner left."""

    lead_id: LeadId
    previous_owner_id: StaffId
    reason: str


@event("lead", "qualification_requested")
class LeadQualificationRequested(Event, frozen=True, kw_only=True):
    """It is to become a new customer; `customers` registers it, or refuses a duplicate."""

    lead_id: LeadId
    company: LeadCompany
    owner_id: StaffId
    source: str | None = None
    campaign_id: str | None = None
    referrer: LeadReferrer | None = None
    is_forced: bool = False
    forced_reason: str | None = None
    attempt: int = 1


@event("lead", "qualification_refused")
class LeadQualificationRefused(Event, frozen=True, kw_only=True):
    """`customers` has it already; `duplicate_of` and its owner are whom to talk to."""

    lead_id: LeadId
    reason: str
    duplicate_of: CustomerId | None = None
    duplicate_owner_id: StaffId | None = None


@event("lead", "qualified")
class LeadQualified(Event, frozen=True, kw_only=True):
    lead_id: LeadId
    customer_id: CustomerId
    is_new_customer: bool
    opportunity_id: OpportunityId | None = None
    source: str | None = None
    campaign_id: str | None = None


@event("lead", "disqualified")
class LeadDisqualified(Event, frozen=True, kw_only=True):
    lead_id: LeadId
    reason: str
    previous_status: str


@event("lead", "reopened")
class LeadReopened(Event, frozen=True, kw_only=True):
    lead_id: LeadId
    previous_reason: str


@event("lead", "person_erased")
class LeadPersonErased(Event, frozen=True, kw_only=True):
    lead_id: LeadId
    erased_at: datetime


class LeadRuleTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets which leads; an empty list means any. Rules are asked in the order of `place`."""

    name: str
    place: int
    way: str
    staff_ids: list[StaffId] = []
    team_ids: list[str] = []
    regions: list[str] = []
    channels: list[str] = []
    temperatures: list[str] = []
    product_lines: list[str] = []
    campaign_ids: list[str] = []
    most_open: int | None = None


@event("lead_assignment_rule", "set")
class LeadAssignmentRuleSet(Event, frozen=True, kw_only=True):
    lead_assignment_rule_id: str
    terms: LeadRuleTerms


@event("lead_assignment_rule", "changed")
class LeadAssignmentRuleChanged(Event, frozen=True, kw_only=True):
    lead_assignment_rule_id: str
    terms: LeadRuleTerms
    previous: LeadRuleTerms


@event("lead_assignment_rule", "withdrawn")
class LeadAssignmentRuleWithdrawn(Event, frozen=True, kw_only=True):
    lead_assignment_rule_id: str


class LeadPolicyTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Working minutes until the first response, and how often a lead may lapse."""

    hot_minutes: int
    other_minutes: int
    most_lapses: int


@event("lead_policy", "changed")
class LeadPolicyChanged(Event, frozen=True, kw_only=True):
    terms: LeadPolicyTerms
    previous: LeadPolicyTerms


class LeadFormTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a public form asks for, and what its leads carry."""

    name: str
    fields: list[str]
    source: str | None = None
    campaign_id: str | None = None
    product_line: str | None = None
    temperature: str = "warm"
    hourly_limit: int


@event("lead_form", "opened")
class LeadFormOpened(Event, frozen=True, kw_only=True):
    lead_form_id: str
    terms: LeadFormTerms


@event("lead_form", "changed")
class LeadFormChanged(Event, frozen=True, kw_only=True):
    lead_form_id: str
    terms: LeadFormTerms
    previous: LeadFormTerms


@event("lead_form", "closed")
class LeadFormClosed(Event, frozen=True, kw_only=True):
    lead_form_id: str
