"""Staff: from fact to contract."""

from dataclasses import asdict

from chassis.events import EventTable
from contracts import field as wire

from field.staff import model


def _joined(person: model.Staff, fact: model.StaffJoined) -> wire.StaffJoined:
    return wire.StaffJoined(staff_id=wire.StaffId(person.id), profile=_profile(fact.profile))


def _moved(person: model.Staff, fact: model.StaffMoved) -> wire.StaffMoved:
    return wire.StaffMoved(
        staff_id=wire.StaffId(person.id),
        profile=_profile(fact.profile),
        previous=_profile(fact.previous),
        effective_on=fact.effective_on,
    )


def _left(person: model.Staff, fact: model.StaffLeft) -> wire.StaffLeft:
    return wire.StaffLeft(
        staff_id=wire.StaffId(person.id), left_on=fact.left_on, profile=_profile(fact.profile)
    )


def _profile(described: model.StaffDescription) -> wire.StaffProfile:
    return wire.StaffProfile(**(asdict(described) | {"roles": list(described.roles)}))


EVENTS: EventTable = {
    model.StaffJoined: _joined,
    model.StaffMoved: _moved,
    model.StaffLeft: _left,
}
