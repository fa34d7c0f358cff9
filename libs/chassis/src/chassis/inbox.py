"""What waits for somebody to approve it: one shape, whichever service it waits in.

A service shows its own as part of the gateway's view `approvals-inbox`; its commands are paths
that a client posts to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

COUNTED_UP_TO = 1000


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to decide. `about` is `<kind>:<id>` of the paper; `since` when it came to them."""

    id: str
    kind: str
    title: str
    about: str
    owner_id: str | None
    requested_by: str | None
    waiting_for: str | None
    since: datetime | None
    due_at: datetime | None
    amount: dict[str, str] | None = None
    path: str
    commands: dict[str, str]


def commands_of(path: str, verbs: Sequence[str]) -> dict[str, str]:
    return {verb: f"{path}/{verb}" for verb in verbs}


def inbox(items: Sequence[Waiting], count: int) -> dict[str, Any]:
    """Those that wait longest first; `count` is all of them, as far as anybody counts."""
    return {"items": items, "count": count}
