"""That a lead's company was not registered, and who has it."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id


@dataclass(frozen=True, kw_only=True)
class Application:
    """What a lead asks for. `attempt` counts its requests from 1."""

    lead_id: str
    attempt: int
    owner_id: str
    name: str
    credit_code: str | None = None
    industry: str | None = None
    region: str | None = None
    kind: str = "end_user"
    source: str | None = None
    referrer_id: str | None = None
    forced_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerRefusalRecorded(Fact):
    reason: str


@dataclass(kw_only=True)
class CustomerRefusal(Aggregate):
    """One answer to one request of a lead; its rights are the lead's owner's."""

    TYPE: ClassVar[str] = "customer_refusal"

    lead_id: str
    attempt: int
    duplicate_of: str | None = None
    duplicate_owner_id: str | None = None


def customer_id(lead_id: str) -> str:
    """The customer that comes of a lead: the same however often it is asked for."""
    return stable_id("customer", "lead", lead_id)


def refuse(
    asked: Application,
    reason: str,
    *,
    duplicate_of: str | None = None,
    duplicate_owner_id: str | None = None,
) -> CustomerRefusal:
    identifier = stable_id("customer-refusal", asked.lead_id, str(asked.attempt))
    refusal = CustomerRefusal(
        id=identifier,
        key=asked.lead_id,
        owner_id=asked.owner_id,
        lead_id=asked.lead_id,
        attempt=asked.attempt,
        duplicate_of=duplicate_of,
        duplicate_owner_id=duplicate_owner_id,
    )
    refusal.record(CustomerRefusalRecorded(reason=reason))
    return refusal
