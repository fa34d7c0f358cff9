"""Customer records: from fact to contract."""

import dataclasses

from chassis.events import EventTable
from contracts import customers as wire
from contracts.values import CustomerId, LeadId

from customers.records import model


def _profile(described: model.CustomerDescription) -> wire.CustomerProfile:
    values = {one.name: getattr(described, one.name) for one in dataclasses.fields(described)}
    for name in ("collaborator_ids", "positions", "tags"):
        values[name] = list(values[name])
    return wire.CustomerProfile(**values)


def _registered(
    customer: model.Customer, fact: model.CustomerRegistered
) -> wire.CustomerRegistered:
    return wire.CustomerRegistered(
        customer_id=CustomerId(customer.id),
        profile=_profile(fact.profile),
        lead_id=LeadId(fact.lead_id) if fact.lead_id else None,
    )


def _updated(customer: model.Customer, fact: model.CustomerUpdated) -> wire.CustomerUpdated:
    return wire.CustomerUpdated(
        customer_id=CustomerId(customer.id),
        profile=_profile(fact.profile),
        previous=_profile(fact.previous),
        changed=fact.changed,
    )


EVENTS: EventTable = {
    model.CustomerRegistered: _registered,
    model.CustomerUpdated: _updated,
    model.CustomerOwnerChanged: wire.CustomerOwnerChanged,
    model.CustomerStatusChanged: wire.CustomerStatusChanged,
}
