"""Customers, as far as tiers and figures need them: name, kind, owner, yearly demand 购买能力."""

import msgspec
from contracts import customers as wire
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.fold.money import cents_of

AGGREGATE = "customer"


class Customer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`trade` is the kind of customer: end user, dealer …; `kind` is the document's own."""

    seq: int = 0
    waiting: int = 0
    is_registered: bool = False
    name: str = ""
    trade: str = ""
    owner: str | None = None
    demand_cents: int | None = None
    demand_currency: str = ""


def registered(customer: Customer, _event: Input, fact: wire.CustomerRegistered) -> Customer:
    return _described(replace(customer, is_registered=True), fact.profile)


def updated(customer: Customer, _event: Input, fact: wire.CustomerUpdated) -> Customer:
    return _described(customer, fact.profile)


def owner_changed(customer: Customer, _event: Input, fact: wire.CustomerOwnerChanged) -> Customer:
    return replace(customer, owner=fact.owner_id)


def _described(customer: Customer, profile: wire.CustomerProfile) -> Customer:
    demand = profile.yearly_demand
    return replace(
        customer,
        name=profile.name,
        trade=profile.kind,
        owner=profile.owner_id,
        demand_cents=None if demand is None else cents_of(demand),
        demand_currency="" if demand is None else demand.currency,
    )
