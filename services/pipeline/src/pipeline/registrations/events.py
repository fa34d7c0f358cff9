"""What is published about registrations."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.registrations import model

EVENTS: EventTable = {
    model.RegistrationGranted: wire.RegistrationGranted,
    model.RegistrationConflicted: wire.RegistrationConflicted,
    model.RegistrationRuled: wire.RegistrationRuled,
    model.RegistrationExtended: wire.RegistrationExtended,
    model.RegistrationLapsed: wire.RegistrationLapsed,
    model.RegistrationReleased: wire.RegistrationReleased,
    model.RegistrationPolicyChanged: wire.RegistrationPolicyChanged,
}
