"""What happens to a contract. Each fact becomes one event of the same name."""

from dataclasses import dataclass
from datetime import date

from chassis.facts import Fact
from contracts.values import Money

from pipeline.contracts.model.terms import Terms
from pipeline.orders.model.quantities import Part


@dataclass(frozen=True, kw_only=True)
class ContractDrafted(Fact):
    terms: Terms
    net: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class ContractChanged(Fact):
    """The draft says something else; what was approved of it is void."""

    terms: Terms
    previous: Terms
    changed: list[str]
    net: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class ContractSubmitted(Fact):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class ContractApproved(Fact):
    fingerprint: str
    by_rule: bool


@dataclass(frozen=True, kw_only=True)
class ContractRefused(Fact):
    """Not approved: `outcome` is refused, returned or recalled. It may be changed."""

    outcome: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ContractSent(Fact):
    sent_on: date
    revision: int


@dataclass(frozen=True, kw_only=True)
class ContractTakenBack(Fact):
    """What was sent is not offered any more; `revision` is the number of the next text."""

    reason: str
    revision: int


@dataclass(frozen=True, kw_only=True)
class ContractDiscarded(Fact):
    reason: str
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class SealUseRequested(Fact):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class SealUseDecided(Fact):
    is_granted: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ContractSealSet(Fact):
    """One side's seal 盖章: `party` is `us` or `customer`."""

    party: str
    sealed_on: date
    file_id: str | None


@dataclass(frozen=True, kw_only=True)
class ContractSigned(Fact):
    """Sealed by both sides, the scan attached: from now on it binds."""

    signed_on: date
    file_id: str
    net: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class ContractSupplemented(Fact):
    """A supplement to this contract was sealed."""

    supplement_id: str
    net: Money
    previous_net: Money
    gross: Money
    previous_gross: Money


@dataclass(frozen=True, kw_only=True)
class ContractCalledOff(Fact):
    """An order drew on it; `left` is what may still be drawn, with tax."""

    order_id: str
    parts: list[Part]
    gross: Money
    left: Money


@dataclass(frozen=True, kw_only=True)
class ContractGivenBack(Fact):
    """What was drawn and is not delivered after all may be drawn again."""

    order_id: str
    parts: list[Part]
    gross: Money
    left: Money


@dataclass(frozen=True, kw_only=True)
class ContractNoted(Fact):
    """A change of requirements that leaves amounts and plan as they are."""

    requirement_change_id: str


@dataclass(frozen=True, kw_only=True)
class ContractEnding(Fact):
    """Its end is near."""

    ends_on: date


@dataclass(frozen=True, kw_only=True)
class ContractEnded(Fact):
    """`outcome`: completed, terminated, expired or renewed."""

    outcome: str
    ended_on: date
    reason: str | None
    renewed_by: str | None
