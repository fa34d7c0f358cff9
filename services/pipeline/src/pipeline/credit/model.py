"""Exposure 信用占用 and limits: what is owed for each contract or order, and what that leaves.

Of one contract, or one order without a contract, a customer owes the greater of what was ordered
and what fell due (an advance is no second debt beside the goods it is for), less what settled it.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

COMPANY = "company"
REQUESTED, GRANTED, REFUSED, EXPIRED, REVOKED = (
    "requested",
    "granted",
    "refused",
    "expired",
    "revoked",
)
ON_RECEIPT, AT_MATURITY = "receipt", "maturity"


class CreditExceeded(Refused):
    """`by` says how much too much it would be."""

    slug = "credit-exceeded"
    titles: ClassVar[Text] = {
        CHINESE: "超出信用额度",
        ENGLISH: "The customer's credit limit would be exceeded",
    }


class CreditBlocked(Refused):
    slug = "credit-blocked"
    titles: ClassVar[Text] = {
        CHINESE: "逾期未付，暂停赊销",
        ENGLISH: "The customer is blocked: payments are overdue",
    }


class LimitSettled(Refused):
    slug = "limit-settled"
    titles: ClassVar[Text] = {
        CHINESE: "临时额度已处理",
        ENGLISH: "The temporary limit is not in that state",
    }


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What one contract, or order without a contract, comes to. All of one currency."""

    ordered: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    triggered: Decimal = Decimal(0)
    settled: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Below zero: more was paid than is owed so far."""
        return max(self.ordered, self.triggered) - self.settled

    @property
    def receivable(self) -> Decimal:
        """Shipped or fallen due, and not paid."""
        return max(max(self.shipped, self.triggered) - self.settled, Decimal(0))

    @property
    def unshipped(self) -> Decimal:
        """Ordered, not shipped, and not paid in advance."""
        return max(self.total - self.receivable, Decimal(0))

    @property
    def surplus(self) -> Decimal:
        return max(-self.total, Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a customer or group stands, all in one currency. `overdue_days`: the oldest debt's."""

    currency: str
    limit: Decimal | None
    temporary: Decimal = Decimal(0)
    receivable: Decimal = Decimal(0)
    unshipped: Decimal = Decimal(0)
    unallocated: Decimal = Decimal(0)
    overdue_days: int = 0
    overdue: Decimal = Decimal(0)

    @property
    def exposure(self) -> Decimal:
        return self.receivable + self.unshipped - self.unallocated

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit + self.temporary - self.exposure

    def require(self, adding: Decimal, *, blocked_after_days: int | None) -> None:
        """Room for `adding` more, and nothing overdue for too long. Without a limit all may be.

        Raises:
            CreditBlocked: the oldest debt is overdue for more than the policy's days.
            CreditExceeded: by how much it would be too much.
        """
        if self.limit is None or self.left is None:
            return
        if blocked_after_days is not None and self.overdue_days > blocked_after_days:
            raise CreditBlocked(
                {
                    CHINESE: f"最长逾期 {self.overdue_days} 天，政策上限 {blocked_after_days} 天",
                    ENGLISH: f"overdue for {self.overdue_days} days, {blocked_after_days} allowed",
                },
                members={
                    "overdue_days": self.overdue_days,
                    "allowed_days": blocked_after_days,
                    "overdue": f"{self.overdue:.2f}",
                    "currency": self.currency,
                },
            )
        by = adding - self.left
        if by > 0:
            raise CreditExceeded(
                {
                    CHINESE: f"超出 {by:.2f} {self.currency}",
                    ENGLISH: f"it would be exceeded by {by:.2f} {self.currency}",
                },
                members={
                    "by": f"{by:.2f}",
                    "currency": self.currency,
                    "limit": f"{self.limit:.2f}",
                    "temporary": f"{self.temporary:.2f}",
                    "exposure": f"{self.exposure:.2f}",
                    "adding": f"{adding:.2f}",
                },
            )


def added_by(owed: Owed, ordered: Decimal) -> Decimal:
    """How much more is owed once `ordered` more is ordered."""
    return max(owed.ordered + ordered, owed.triggered) - max(owed.ordered, owed.triggered)


# Temporary limits


@dataclass(frozen=True, kw_only=True)
class TemporaryLimitRequested(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class TemporaryLimitGranted(Fact):
    granted_by: str | None


@dataclass(frozen=True, kw_only=True)
class TemporaryLimitRefused(Fact):
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class TemporaryLimitEnded(Fact):
    """Expired, or revoked before."""

    outcome: str
    reason: str | None = None
    previous_status: str


@dataclass(kw_only=True)
class TemporaryLimit(Aggregate):
    """临时额度: so much more, up to and including a day, for a reason that finance accepts."""

    TYPE: ClassVar[str] = "temporary_credit_limit"

    customer_id: str
    holder_id: str
    amount: Money
    reason: str
    expires_on: date
    status: str = REQUESTED

    @property
    def fingerprint(self) -> str:
        money = f"{self.amount.amount:f} {self.amount.currency}"
        return f"{self.holder_id}|{money}|{self.expires_on.isoformat()}"

    def grant(self, by: str | None) -> None:
        self._require(REQUESTED)
        self.status = GRANTED
        self.record(TemporaryLimitGranted(granted_by=by))

    def refuse(self, reason: str | None) -> None:
        self._require(REQUESTED)
        self.status = REFUSED
        self.record(TemporaryLimitRefused(reason=reason))

    def revoke(self, reason: str) -> None:
        """It ends at once, granted or only asked for."""
        self._require(REQUESTED, GRANTED)
        self._end(REVOKED, reason)

    def expire(self, today: date) -> None:
        """Its last day has passed. Ended meanwhile: nothing happens."""
        if self.status in (REQUESTED, GRANTED) and today > self.expires_on:
            self._end(EXPIRED, None)

    def _end(self, outcome: str, reason: str | None) -> None:
        previous, self.status = self.status, outcome
        self.record(TemporaryLimitEnded(outcome=outcome, reason=reason, previous_status=previous))

    def _require(self, *states: str) -> None:
        if self.status not in states:
            raise LimitSettled({CHINESE: f"状态：{self.status}", ENGLISH: f"it is {self.status}"})


# Policy


@dataclass(frozen=True, kw_only=True)
class CreditPolicyChanged(Fact):
    previous_blocked_after_days: int | None
    previous_bank_bill_counts: str
    previous_commercial_bill_counts: str


@dataclass(kw_only=True)
class CreditPolicy(Aggregate):
    """The company's policy: after how many days overdue nothing is sold, when bills are money.

    `blocked_after_days` None: never. Bank bills 银承 and commercial bills 商承 count on `receipt`
    or at `maturity`.
    """

    TYPE: ClassVar[str] = "credit_policy"

    blocked_after_days: int | None = None
    bank_bill_counts: str = ON_RECEIPT
    commercial_bill_counts: str = AT_MATURITY

    def change(
        self, *, blocked_after_days: int | None, bank_bill_counts: str, commercial_bill_counts: str
    ) -> None:
        """For what is decided and received from now on."""
        before = CreditPolicyChanged(
            previous_blocked_after_days=self.blocked_after_days,
            previous_bank_bill_counts=self.bank_bill_counts,
            previous_commercial_bill_counts=self.commercial_bill_counts,
        )
        self.blocked_after_days = blocked_after_days
        self.bank_bill_counts = bank_bill_counts
        self.commercial_bill_counts = commercial_bill_counts
        self.record(before)

    def is_money_at_once(self, method: str) -> bool:
        if method == "bank_bill":
            return self.bank_bill_counts == ON_RECEIPT
        if method == "commercial_bill":
            return self.commercial_bill_counts == ON_RECEIPT
        return True


def default_policy() -> CreditPolicy:
    """What holds until somebody changes it."""
    return CreditPolicy(id=COMPANY, key=COMPANY)


# What obligations come to


@dataclass(kw_only=True)
class Obligation:
    """A contract, or an order without one, as credit sees it; `milestones` are its payments'."""

    id: str
    customer_id: str
    currency: str
    owed: Owed = field(default_factory=Owed)
    milestones: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.owed.total != 0
