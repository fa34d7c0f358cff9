"""What is to be approved, whatever it is: as an approver has to see it."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from contracts.values import Money


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What is to be approved, as an approver has to see it. `discount`, `margin`: shares of 1."""

    kind: str
    id: str
    fingerprint: str
    title: str
    owner_id: str
    opportunity_id: str | None = None
    customer_id: str | None = None
    amount: Money | None = None
    discount: Decimal | None = None
    margin: Decimal | None = None
    is_below_floor: bool = False


def fingerprint_of(*said: object) -> str:
    """What a paper says, in short: the same for the same, another for anything else."""
    return hashlib.sha256("\x1f".join(repr(one) for one in said).encode()).hexdigest()[:32]
