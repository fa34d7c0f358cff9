"""What happens to leads, and the values that facts are told in."""

from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.facts import Fact
from contracts.values import Money

CHANNELS = ("api", "import", "form", "referral")
TEMPERATURES = ("hot", "warm", "cold")


@dataclass(frozen=True, kw_only=True)
class Company:
    """Who shows interest; `region` is the company's own."""

    name: str
    credit_code: str | None = None
    industry: str | None = None
    region: str | None = None
    kind: str = "end_user"


@dataclass(frozen=True, kw_only=True)
class Referrer:
    """Who referred it 转介绍: a customer, contact or member of staff."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How it came to us 线索来源, and which campaign counts it as its own."""

    channel: str = "api"
    source: str | None = None
    campaign_id: str | None = None
    form_id: str | None = None
    referrer: Referrer | None = None


@dataclass(frozen=True, kw_only=True)
class Likely:
    """A lead or customer that may be the same; whose it is, and why it is thought so."""

    kind: str
    id: str
    score: float
    reasons: list[str]
    owner_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The deal to be opened once the customer is known."""

    name: str
    template: str = "standard"
    amount: Money | None = None
    product_id: str | None = None
    expected_close_on: date | None = None
    need: str | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """That `customers` should register the company. `attempt` counts from 1."""

    attempt: int
    asked_at: datetime
    wish: Wish | None = None
    is_forced: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why `customers` would not: a duplicate, and whose it is."""

    reason: str
    duplicate_of: str | None = None
    duplicate_owner_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class LeadCaptured(Fact):
    channel: str
    source: str | None
    campaign_id: str | None
    form_id: str | None
    referrer: Referrer | None


@dataclass(frozen=True, kw_only=True)
class LeadUpdated(Fact):
    previous_company: Company
    previous_temperature: str
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class LeadAssigned(Fact):
    owner_id: str
    previous_owner_id: str | None
    way: str
    rule_id: str | None
    respond_by: datetime | None


@dataclass(frozen=True, kw_only=True)
class LeadResponded(Fact):
    method: str
    responded_at: datetime
    assigned_at: datetime
    working_minutes: int


@dataclass(frozen=True, kw_only=True)
class LeadLapsed(Fact):
    owner_id: str
    respond_by: datetime
    lapses: int


@dataclass(frozen=True, kw_only=True)
class LeadReturned(Fact):
    previous_owner_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeadQualificationRequested(Fact):
    attempt: int
    is_forced: bool
    forced_reason: str | None


@dataclass(frozen=True, kw_only=True)
class LeadQualificationRefused(Fact):
    reason: str
    duplicate_of: str | None
    duplicate_owner_id: str | None


@dataclass(frozen=True, kw_only=True)
class LeadQualified(Fact):
    customer_id: str
    is_new_customer: bool
    opportunity_id: str | None


@dataclass(frozen=True, kw_only=True)
class LeadDisqualified(Fact):
    reason: str
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class LeadReopened(Fact):
    previous_reason: str


@dataclass(frozen=True, kw_only=True)
class LeadPersonErased(Fact):
    erased_at: datetime
