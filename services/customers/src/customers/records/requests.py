"""Requests of the customer archive, and how they become model values."""

from typing import Annotated, Any, Literal

from chassis.credit_code import normalised
from chassis.http import MoneyIn, RequestModel
from contracts.values import Position
from pydantic import AfterValidator, Field, model_validator

from customers.records.model import Address, Channel, CreditTerms, CustomerKind
from customers.requests import Id, Long, Mail, Name, Phone, Short

Code = Annotated[str, Field(max_length=30), AfterValidator(normalised)]


class PositionIn(RequestModel):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    datum: Literal["WGS-84", "GCJ-02"] = "WGS-84"


class AddressIn(RequestModel):
    """地址"""

    label: Short | None = None
    country: Short | None = None
    province: Short | None = None
    city: Short | None = None
    line: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    postcode: Annotated[str, Field(max_length=20)] | None = None
    position: PositionIn | None = None

    def value(self) -> Address:
        given = self.model_dump(exclude={"position"})
        position = Position(**self.position.model_dump()) if self.position else None
        return Address(**given, position=position)


class ChannelIn(RequestModel):
    """联系方式"""

    kind: Literal["phone", "mobile", "fax", "mail", "website", "wechat", "other"]
    value: Short


class CustomerFields(RequestModel):
    """客户档案, every field optional; `region` is the customer's own 区域."""

    former_names: list[Name] = Field(default=[], max_length=20)
    legal_name: Name | None = None
    credit_code: Code | None = None
    kind: CustomerKind = CustomerKind.END_USER
    industry: Short | None = None
    region: Short | None = None
    addresses: list[AddressIn] = Field(default=[], max_length=20)
    channels: list[ChannelIn] = Field(default=[], max_length=20)
    business_status: Short | None = None
    size: int | None = Field(None, ge=0, le=10_000_000, description="employees")
    founded: int | None = Field(None, ge=1000, le=2200, description="year")
    revenue: MoneyIn | None = None
    yearly_demand: MoneyIn | None = Field(None, description="购买能力, in our product lines")
    group_parent_id: Id | None = None
    upstream_dealer_id: Id | None = None
    source: Short | None = None
    referrer_id: Id | None = None
    is_reference: bool = False
    tags: list[Short] = Field(default=[], max_length=30)
    credit_limit: MoneyIn | None = None
    credit_days: int | None = Field(None, ge=0, le=3650)
    credit_terms: CreditTerms = CreditTerms.OWN
    progress: Long | None = Field(None, description="目前的进展")
    potential_projects: Long | None = Field(None, description="潜力的项目")
    collaborator_ids: list[Id] = Field(default=[], max_length=50)

    @model_validator(mode="after")
    def _amounts_are_not_negative(self) -> "CustomerFields":
        for name in ("revenue", "yearly_demand", "credit_limit"):
            money: MoneyIn | None = getattr(self, name)
            if money is not None and money.amount < 0:
                raise ValueError(f"{name} must not be negative")
        return self

    def values(self, *, given_only: bool = False) -> dict[str, Any]:
        """Model fields and values; `given_only`: those that the request named."""
        values: dict[str, Any] = {}
        for name in type(self).model_fields:
            if name in NOT_FIELDS or (given_only and name not in self.model_fields_set):
                continue
            values["area" if name == "region" else name] = _value(getattr(self, name))
        return values


NOT_FIELDS = frozenset({"owner_id", "force", "reason"})


class CustomerIn(CustomerFields):
    """A new customer. `force` with a `reason` registers one that only looks like another."""

    name: Name
    owner_id: Id | None = None
    force: bool = False
    reason: Annotated[str, Field(min_length=3, max_length=500)] | None = None

    @model_validator(mode="after")
    def _force_has_a_reason(self) -> "CustomerIn":
        if self.force and not self.reason:
            raise ValueError("force needs a reason")
        return self


class CustomerChange(CustomerFields):
    """Only what is named changes; null empties a field."""

    name: Name | None = None

    @model_validator(mode="after")
    def _name_stays(self) -> "CustomerChange":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a customer has a name")
        return self


class OwnerChange(RequestModel):
    """Null gives the customer to nobody."""

    owner_id: Id | None


class DuplicateCheck(RequestModel):
    """What is known of a customer that is about to be registered."""

    name: Name
    former_names: list[Name] = Field(default=[], max_length=20)
    credit_code: Code | None = None
    phones: list[Phone] = Field(default=[], max_length=10)
    mails: list[Mail] = Field(default=[], max_length=10)
    group_parent_id: Id | None = None


def _value(given: Any) -> Any:
    if isinstance(given, MoneyIn):
        return given.value
    if isinstance(given, AddressIn):
        return given.value()
    if isinstance(given, ChannelIn):
        return Channel(kind=given.kind, value=given.value)
    if isinstance(given, list):
        return [_value(one) for one in given]
    return given
