"""What the audit trail says of accounts. Kept in the gateway's own event log, never published."""

from contracts.envelope import BY_NAME, BY_PAYLOAD, Event, EventType

PUBLISHER = "gateway"


class AccountOpened(Event, frozen=True, kw_only=True):
    account_id: str
    username: str
    staff_id: str | None
    roles: list[str]


class AccountChanged(Event, frozen=True, kw_only=True):
    account_id: str
    staff_id: str | None
    roles: list[str]
    is_enabled: bool
    previous_staff_id: str | None
    previous_roles: list[str]
    previous_is_enabled: bool


class PasswordChanged(Event, frozen=True, kw_only=True):
    account_id: str
    is_own: bool


for _payload, _fact in (
    (AccountOpened, "opened"),
    (AccountChanged, "changed"),
    (PasswordChanged, "password_changed"),
):
    _type = EventType(PUBLISHER, "account", _fact, 1, _payload)
    BY_NAME[_type.name] = BY_PAYLOAD[_payload] = _type
