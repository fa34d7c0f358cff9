"""Staff: from fact to contract."""

from dataclasses import asdict

from chassis.events import EventTable
from contracts import field as wire
from contracts.values import StaffId

from field.staff import model


def _joined(person: model.Staff, fact: model.StaffJoined) -> wire.StaffJoined:
    return wire.StaffJoined(staff_id=StaffId(person.id), profile=profile(fact.profile))


def _moved(person: model.Staff, fact: model.StaffMoved) -> wire.StaffMoved:
    return wire.StaffMoved(
        staff_id=StaffId(person.id),
        profile=profile(fact.profile),
        previous=profile(fact.previous),
        effective_on=fact.effective_on,
    )


def _left(person: model.Staff, fact: model.StaffLeft) -> wire.StaffLeft:
    return wire.StaffLeft(
        staff_id=StaffId(person.id), left_on=fact.left_on, profile=profile(fact.profile)
    )


def profile(described: model.StaffDescription) -> wire.StaffProfile:
    return wire.StaffProfile(**(asdict(described) | {"roles": list(described.roles)}))


EVENTS: EventTable = {
    model.StaffJoined: _joined,
    model.StaffMoved: _moved,
    model.StaffLeft: _left,
}
