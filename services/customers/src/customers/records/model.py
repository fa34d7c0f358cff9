"""The customer record 客户档案: what we know of a customer, who owns it, how far it has come.

Status 潜在 → 意向 → 成交 → 沉睡 → 流失 is moved by facts of other services, never typed in.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from chassis.credit_code import is_credit_code
from chassis.facts import Aggregate, Fact
from chassis.problems import (
    CHINESE,
    ENGLISH,
    Duplicate,
    FieldError,
    Refused,
    Text,
    ValidationFailed,
)
from contracts.values import Money, Position


class CustomerKind(StrEnum):
    END_USER = "end_user"
    DEALER = "dealer"
    WHOLESALER = "wholesaler"
    RETAILER = "retailer"
    AGENT = "agent"
    BROKER = "broker"
    TRADING_MARKET = "trading_market"


class Status(StrEnum):
    POTENTIAL = "potential"
    INTERESTED = "interested"
    WON = "won"
    DORMANT = "dormant"
    LOST = "lost"


class CreditTerms(StrEnum):
    """Whose credit limit and days count: the customer's own, or those of its group."""

    OWN = "own"
    GROUP = "group"


class RingOfParents(Refused):
    """A group would contain itself."""

    slug, status = "ring-of-parents", 409
    titles: ClassVar[Text] = {
        CHINESE: "集团关系不能成环",
        ENGLISH: "A customer cannot stand above itself",
    }


class CustomerExists(Duplicate):
    """Somebody has it already. `customer_id` is for ourselves, and told to nobody."""

    def __init__(self, customer_id: str, detail: Text, members: dict[str, Any]) -> None:
        super().__init__(detail, members=members)
        self.customer_id = customer_id


@dataclass(frozen=True, kw_only=True)
class Address:
    """地址, with its position where that is known."""

    label: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    line: str | None = None
    postcode: str | None = None
    position: Position | None = None


@dataclass(frozen=True, kw_only=True)
class Channel:
    """联系方式 of the company itself: a switchboard, a general mailbox, a site."""

    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class CustomerDescription:
    """What other services may know."""

    name: str
    kind: CustomerKind
    status: Status
    industry: str | None
    region: str | None
    external_id: str | None
    credit_code: str | None
    owner_id: str | None
    collaborator_ids: tuple[str, ...]
    group_parent_id: str | None
    upstream_dealer_id: str | None
    positions: tuple[Position, ...]
    yearly_demand: Money | None
    credit_limit: Money | None
    credit_days: int | None
    credit_terms: str
    is_reference: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CustomerRegistered(Fact):
    profile: CustomerDescription
    lead_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Fact):
    """`changed` names fields; what is not published is told by its name only."""

    profile: CustomerDescription
    previous: CustomerDescription
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class CustomerOwnerChanged(Fact):
    owner_id: str | None
    previous_owner_id: str | None
    collaborator_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class CustomerStatusChanged(Fact):
    status: Status
    previous_status: Status
    reason: str


@dataclass(kw_only=True)
class Customer(Aggregate):
    """`area` is the customer's own region 区域; `region`, as on every record, its owner's."""

    TYPE: ClassVar[str] = "customer"

    name: str
    former_names: list[str] = field(default_factory=list)
    legal_name: str | None = None
    credit_code: str | None = None
    kind: CustomerKind = CustomerKind.END_USER
    status: Status = Status.POTENTIAL
    industry: str | None = None
    area: str | None = None
    addresses: list[Address] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    business_status: str | None = None
    size: int | None = None
    founded: int | None = None
    revenue: Money | None = None
    yearly_demand: Money | None = None
    group_parent_id: str | None = None
    upstream_dealer_id: str | None = None
    source: str | None = None
    referrer_id: str | None = None
    is_reference: bool = False
    tags: list[str] = field(default_factory=list)
    credit_limit: Money | None = None
    credit_days: int | None = None
    credit_terms: CreditTerms = CreditTerms.OWN
    progress: str | None = None
    potential_projects: str | None = None
    external_id: str | None = None
    proposed_position: Position | None = None
    """Where somebody first checked in, until an address gets its position."""
    lead_id: str | None = None
    """The lead 线索 that it came from."""
    duplicate_reason: str | None = None
    """Why it was registered although it looked like another one."""

    @property
    def positions(self) -> tuple[Position, ...]:
        return tuple(one.position for one in self.addresses if one.position is not None)

    @property
    def names(self) -> list[str]:
        """Every name it goes or went by."""
        return [self.name, *([self.legal_name] if self.legal_name else []), *self.former_names]

    @property
    def description(self) -> CustomerDescription:
        return CustomerDescription(
            name=self.name,
            kind=self.kind,
            status=self.status,
            industry=self.industry,
            region=self.area,
            external_id=self.external_id,
            credit_code=self.credit_code,
            owner_id=self.owner_id,
            collaborator_ids=tuple(self.collaborator_ids),
            group_parent_id=self.group_parent_id,
            upstream_dealer_id=self.upstream_dealer_id,
            positions=self.positions,
            yearly_demand=self.yearly_demand,
            credit_limit=self.credit_limit,
            credit_days=self.credit_days,
            credit_terms=self.credit_terms,
            is_reference=self.is_reference,
            tags=tuple(self.tags),
        )

    def register(self, *, at: datetime | None = None) -> "Customer":
        """Note that it is in the archive from now on.

        Raises:
            ValidationFailed: a field is not what it should be.
        """
        self._require_sound()
        self.record(CustomerRegistered(profile=self.description, lead_id=self.lead_id), at=at)
        return self

    def change(self, changes: dict[str, Any]) -> None:
        """Give fields other values; a fact if that is news. A name given up is kept as former.

        Raises:
            ValidationFailed: a field is not what it should be.
        """
        previous = self.description
        changed = [name for name, value in changes.items() if getattr(self, name) != value]
        if not changed:
            return
        if "name" in changed and "former_names" not in changes:
            self.former_names = list(dict.fromkeys([self.name, *self.former_names]))[:20]
        for name in changed:
            setattr(self, name, changes[name])
        self._require_sound()
        if self.positions:
            self.proposed_position = None
        told = ["region" if name == "area" else name for name in changed]
        self.record(
            CustomerUpdated(profile=self.description, previous=previous, changed=sorted(told))
        )

    def require_no_ring(self, parent_id: str, above: frozenset[str]) -> None:
        """
        Raises:
            RingOfParents: `parent_id` is this customer, or (by the ids `above` it) stands below it.
        """
        if parent_id == self.id or self.id in above:
            raise RingOfParents()

    def be_owned_by(self, owner_id: str | None, team_id: str | None, region: str | None) -> None:
        if owner_id == self.owner_id:
            return
        previous, self.owner_id = self.owner_id, owner_id
        self.team_id, self.region = team_id, region
        self.collaborator_ids = [one for one in self.collaborator_ids if one != owner_id]
        self.record(
            CustomerOwnerChanged(
                owner_id=owner_id,
                previous_owner_id=previous,
                collaborator_ids=self.collaborator_ids,
            )
        )

    def show_interest(self, reason: str) -> None:
        """An opportunity was opened. It says nothing new of who already bought."""
        if self.status is Status.POTENTIAL:
            self._move_to(Status.INTERESTED, reason)

    def buy(self, reason: str) -> None:
        """An order was placed: whatever it was before, it is won now."""
        if self.status is not Status.WON:
            self._move_to(Status.WON, reason)

    def propose_position(self, position: Position) -> None:
        """Somebody checked in at a customer whose place nobody had noted."""
        if not self.positions and self.proposed_position is None:
            self.change({"proposed_position": position})

    def _move_to(self, status: Status, reason: str) -> None:
        previous, self.status = self.status, status
        self.record(CustomerStatusChanged(status=status, previous_status=previous, reason=reason))

    def _require_sound(self) -> None:
        if self.credit_code is not None and not is_credit_code(self.credit_code):
            raise ValidationFailed(
                FieldError(
                    "/credit_code",
                    "checksum",
                    {
                        CHINESE: "统一社会信用代码校验不通过",
                        ENGLISH: "not a unified social credit code: its checksum is wrong",
                    },
                )
            )
