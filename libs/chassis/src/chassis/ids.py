"""Identifiers: UUIDv7 for new things, a stable UUID for things known by a name elsewhere."""

import uuid

import uuid_utils

_NAMESPACE = uuid.UUID("6f1c8f0e-7f5a-5e8e-9d55-7a1a0c3b9d21")


def new_id() -> str:
    """A new UUIDv7: ids made later sort later."""
    return str(uuid_utils.uuid7())


def stable_id(*parts: str) -> str:
    """The same id for the same parts, for ever (UUIDv5): a second import finds the first one's."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
