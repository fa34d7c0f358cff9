"""Small values of a deal's team, which facts tell and the deal keeps."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who takes part: in which role, at which stages by their codes."""

    staff_id: str
    role: str
    stages: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CreditShare:
    """What part of the deal, in percent, is credited to somebody."""

    staff_id: str
    percent: Decimal
