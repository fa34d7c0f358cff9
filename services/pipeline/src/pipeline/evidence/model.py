"""A fact as evidence: what happened, for which deals, with whom. Plain values, no decision.

A fact that names a deal counts for it; one that names only the customer is offered for linking.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Met:
    """Somebody who was there, and their stance to us (−2…+2), if it was noted."""

    contact_id: str
    stance: int | None = None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a survey found out (调研结果)."""

    need: str | None = None
    budget_range: str | None = None
    purchase_on: date | None = None
    purchase_method: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One fact. `id` is `<kind>:<what it is about>`; `event_id` is the event that told it.

    A later event about the same thing replaces or withdraws it under the same id. `linked_to` are
    deals that took it for theirs without being named. `withdrawn_at` is known where a withdrawal
    may overtake the fact, since another aggregate tells of it.
    """

    id: str
    kind: str
    event_id: str
    at: datetime
    customer_id: str | None = None
    opportunity_ids: list[str] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    findings: Findings | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None
    withdrawn_at: datetime | None = None
    linked_to: list[str] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        return self.withdrawn_by is None
