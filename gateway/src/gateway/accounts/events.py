"""From facts about accounts to what the audit trail keeps of them."""

from chassis.events import EventTable

from gateway.accounts import audit, model

EVENTS: EventTable = {
    model.AccountOpened: audit.AccountOpened,
    model.AccountChanged: audit.AccountChanged,
    model.PasswordChanged: audit.PasswordChanged,
}
