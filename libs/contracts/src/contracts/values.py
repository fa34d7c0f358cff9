"""Values that more than one publisher speaks of: ids, money, places."""

from datetime import date, datetime
from decimal import Decimal
from typing import NewType

import msgspec

CustomerId = NewType("CustomerId", str)
ContactId = NewType("ContactId", str)
StaffId = NewType("StaffId", str)
TeamId = NewType("TeamId", str)
ProductId = NewType("ProductId", str)
OpportunityId = NewType("OpportunityId", str)
FollowUpId = NewType("FollowUpId", str)
OrderId = NewType("OrderId", str)
ContractId = NewType("ContractId", str)
PaymentId = NewType("PaymentId", str)
VisitPlanId = NewType("VisitPlanId", str)
VisitId = NewType("VisitId", str)
AlertId = NewType("AlertId", str)
LeaveId = NewType("LeaveId", str)
TaskId = NewType("TaskId", str)
FunnelReviewId = NewType("FunnelReviewId", str)
LeadId = NewType("LeadId", str)
RegistrationId = NewType("RegistrationId", str)

CENT = Decimal("0.01")


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount of one currency: decimal, two places, never a binary float.

    `amount` travels as a decimal string, `currency` as an ISO 4217 code.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def times(self, factor: Decimal | int) -> "Money":
        """This amount `factor` times, rounded half-even to cents."""
        return Money((self.amount * factor).quantize(CENT), self.currency)

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A place on earth in degrees, with the datum it was measured in (`WGS-84` or `GCJ-02`)."""

    latitude: float
    longitude: float
    datum: str = "WGS-84"


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A position as a device reported it: accuracy in metres, and when the device measured it."""

    position: Position
    accuracy_metres: float | None = None
    measured_at: datetime | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Local dates, half-open: `start` belongs to it, `end` does not."""

    start: date
    end: date
