"""From facts about accounts to what the audit trail keeps of them."""

from chassis.events import EventTable

from gateway import audit
from gateway.accounts import model

EVENTS: EventTable = {
    model.AccountOpened: audit.AccountOpened,
    model.AccountChanged: audit.AccountChanged,
    model.PasswordChanged: audit.PasswordChanged,
}
