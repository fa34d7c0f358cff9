"""Events of the insights service: decisions that were taken, with their reasons."""

from datetime import date, datetime
from typing import Any

from contracts.envelope import Event, event
from contracts.values import AlertId, CustomerId, StaffId


@event("tier", "changed")
class TierChanged(Event, frozen=True, kw_only=True):
    """The computed or the effective tier 层级 of a customer became another one."""

    customer_id: CustomerId
    computed: str
    effective: str
    previous_computed: str | None
    previous_effective: str | None
    policy: str
    policy_version: int
    as_of: date
    inputs: dict[str, Any]
    reason: str
    reason_zh: str


@event("tier", "confirmed")
class TierConfirmed(Event, frozen=True, kw_only=True):
    """A day closed, or a month ended, with these tiers: what later downgrades are judged by."""

    customer_id: CustomerId
    computed: str
    effective: str
    policy: str
    policy_version: int
    closed_on: date
    is_month_end: bool


@event("alert", "raised")
class AlertRaised(Event, frozen=True, kw_only=True):
    """Alert 预警: raised once per rule, subject and period (its id)."""

    alert_id: AlertId
    rule: str
    rule_version: int
    subject: str
    customer_id: CustomerId | None
    opportunity_id: str | None
    owner_id: StaffId | None
    severity: str
    due_at: datetime
    reason: str
    reason_zh: str
    facts: list[str]


@event("alert", "acknowledged")
class AlertAcknowledged(Event, frozen=True, kw_only=True):
    alert_id: AlertId
    by: StaffId | None
    note: str | None = None


@event("alert", "cleared")
class AlertCleared(Event, frozen=True, kw_only=True):
    """What it warned of has been mended; `fact` is the event that did."""

    alert_id: AlertId
    rule: str
    subject: str
    fact: str | None
    cleared_at: datetime
