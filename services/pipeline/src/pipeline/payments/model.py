"""A payment 回款: received, claimed, allocated to payment milestones, refunded, reversed.

A wrong one is reversed, never edited. A bill that is no money yet waits for its maturity.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import CENT, Money

METHODS = ("transfer", "cash", "bank_bill", "commercial_bill", "other")
BILLS = ("bank_bill", "commercial_bill")
PENDING, RECEIVED, REVERSED = "pending", "received", "reversed"
MISTAKE, DISHONOURED = "mistake", "dishonoured"
ZERO = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """`amount` of a payment settles `settled` of a milestone, in the milestone's currency."""

    payment_milestone_id: str
    amount: Money
    settled: Money
    on: date


@dataclass(frozen=True, kw_only=True)
class Refund:
    """退款: what went back to the customer."""

    amount: Money
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PaymentMatured(Fact):
    counts_on: date


@dataclass(frozen=True, kw_only=True)
class PaymentClaimed(Fact):
    previous_contract_id: str | None
    previous_order_id: str | None


@dataclass(frozen=True, kw_only=True)
class PaymentAllocated(Fact):
    payment_milestone_id: str
    amount: Money
    settled: Money
    unallocated: Money
    exchange_difference: Money | None


@dataclass(frozen=True, kw_only=True)
class PaymentReleased(Fact):
    payment_milestone_id: str
    amount: Money
    settled: Money
    unallocated: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Fact):
    amount: Money
    unallocated: Money
    refunded_on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentReversed(Fact):
    kind: str
    reason: str
    reversed_on: date
    previous_status: str


class PaymentSettled(Refused):
    slug = "payment-settled"
    titles: ClassVar[Text] = {
        CHINESE: "回款的状态不允许此操作",
        ENGLISH: "The payment is not in a state for this",
    }


class PaymentSpent(Refused):
    """More would be allocated or refunded than is left of it."""

    slug = "payment-spent"
    titles: ClassVar[Text] = {
        CHINESE: "超过回款的未分配金额",
        ENGLISH: "It is more than is left of the payment",
    }


@dataclass(kw_only=True)
class Payment(Aggregate):
    """Money from a customer; for an order or contract that claimed it, else kept as prepayment.

    `unallocated` is what is left of it; None for history, which is not allocated any more.
    """

    TYPE: ClassVar[str] = "payment"

    customer_id: str
    order_id: str | None = None
    contract_id: str | None = None
    opportunity_id: str | None = None
    amount: Money
    method: str
    received_on: date
    external_id: str | None = None
    status: str = RECEIVED
    bill_number: str | None = None
    matures_on: date | None = None
    counts_on: date | None = None
    unallocated: Money | None = None
    allocations: list[Allocation] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    reversed_because: str | None = None

    @property
    def source(self) -> str:
        """How a milestone names it."""
        return f"payment:{self.id}"

    @property
    def is_free(self) -> bool:
        """Money, some of which is left."""
        return self.status == RECEIVED and self.left.amount > 0

    @property
    def left(self) -> Money:
        return self.unallocated or Money(ZERO, self.amount.currency)

    def mature(self, on: date) -> None:
        """Its bill became money."""
        self._require(PENDING)
        self.status, self.counts_on = RECEIVED, on
        self.record(PaymentMatured(counts_on=on))

    def claim(
        self, *, contract_id: str | None, order_id: str | None, opportunity_id: str | None
    ) -> None:
        """It is for this contract or order; for neither: a prepayment 预收款."""
        self._require(PENDING, RECEIVED)
        before = PaymentClaimed(
            previous_contract_id=self.contract_id, previous_order_id=self.order_id
        )
        self.contract_id, self.order_id = contract_id, order_id
        self.opportunity_id = opportunity_id
        self.record(before)

    def allocate(
        self,
        milestone_id: str,
        amount: Money,
        settled: Money,
        on: date,
        *,
        exchange_difference: Money | None = None,
    ) -> None:
        """Raises PaymentSpent: less than `amount` is left of it."""
        self._require(RECEIVED)
        self._take(amount)
        self.allocations = [
            *self.allocations,
            Allocation(payment_milestone_id=milestone_id, amount=amount, settled=settled, on=on),
        ]
        self.record(
            PaymentAllocated(
                payment_milestone_id=milestone_id,
                amount=amount,
                settled=settled,
                unallocated=self.left,
                exchange_difference=exchange_difference,
            )
        )

    def release(self, milestone_id: str, reason: str, settled: Decimal | None = None) -> Decimal:
        """Undo what it settled of a milestone, or `settled` of that; how much of it that was.

        The newest allocations go first.
        """
        self._require(RECEIVED)
        undone = [one for one in self.allocations if one.payment_milestone_id == milestone_id]
        wanted = sum((one.settled.amount for one in undone), ZERO)
        if settled is not None:
            wanted = min(settled, wanted)
        kept: list[Allocation] = []
        freed, left = ZERO, wanted
        for one in reversed(self.allocations):
            if one.payment_milestone_id != milestone_id or left == 0:
                kept.append(one)
                continue
            part = min(left, one.settled.amount)
            money = _share(one, part)
            left -= part
            freed += money
            if part < one.settled.amount:
                kept.append(_rest(one, part, money))
        if wanted == 0:
            return wanted
        currency = undone[0].settled.currency
        self.allocations = kept[::-1]
        self.unallocated = Money(self.left.amount + freed, self.amount.currency)
        self.record(
            PaymentReleased(
                payment_milestone_id=milestone_id,
                amount=Money(freed, self.amount.currency),
                settled=Money(wanted, currency),
                unallocated=self.left,
                reason=reason,
            )
        )
        return wanted

    def refund(self, amount: Money, on: date, reason: str) -> None:
        """What is left of it, or a part, goes back. Raises PaymentSpent."""
        self._require(RECEIVED)
        self._take(amount)
        self.refunds = [*self.refunds, Refund(amount=amount, on=on, reason=reason)]
        self.record(
            PaymentRefunded(amount=amount, unallocated=self.left, refunded_on=on, reason=reason)
        )

    def reverse(self, kind: str, reason: str, on: date) -> None:
        """It never was, or its bill was dishonoured. First its allocations are released.

        Raises:
            PaymentSettled: it is reversed already, or something of it was refunded.
        """
        self._require(PENDING, RECEIVED)
        if self.refunds or self.allocations:
            raise PaymentSettled(
                {CHINESE: "已退款或仍有分配", ENGLISH: "it was refunded or is still allocated"}
            )
        if kind == DISHONOURED and self.method not in BILLS:
            raise PaymentSettled({CHINESE: "不是票据", ENGLISH: "it is no bill"})
        previous, self.status = self.status, REVERSED
        self.reversed_because = reason
        self.unallocated = Money(ZERO, self.amount.currency)
        self.record(
            PaymentReversed(kind=kind, reason=reason, reversed_on=on, previous_status=previous)
        )

    def _take(self, amount: Money) -> None:
        if not 0 < amount.amount <= self.left.amount:
            raise PaymentSpent(
                members={"left": f"{self.left.amount:.2f}", "currency": self.amount.currency}
            )
        self.unallocated = self.left - amount

    def _require(self, *states: str) -> None:
        if self.status not in states or self.unallocated is None:
            raise PaymentSettled(
                {CHINESE: f"状态：{self.status}", ENGLISH: f"it is {self.status}, or history"}
            )


def receive_payment(
    *,
    identifier: str,
    customer_id: str,
    amount: Money,
    method: str,
    received_on: date,
    owner_id: str | None,
    team_id: str | None,
    region: str | None,
    order_id: str | None = None,
    contract_id: str | None = None,
    opportunity_id: str | None = None,
    external_id: str | None = None,
    collaborator_ids: list[str] | None = None,
    bill_number: str | None = None,
    matures_on: date | None = None,
    is_money: bool = True,
    origin: str | None = None,
    at: datetime | None = None,
) -> Payment:
    """`is_money`: it counts at once; else it waits for its maturity. History counts for nothing."""
    payment = Payment(
        id=identifier,
        key=customer_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids or [],
        origin=origin,
        customer_id=customer_id,
        order_id=order_id,
        contract_id=contract_id,
        opportunity_id=opportunity_id,
        external_id=external_id,
        amount=amount,
        method=method,
        received_on=received_on,
        bill_number=bill_number,
        matures_on=matures_on,
        status=RECEIVED if is_money else PENDING,
        counts_on=received_on if is_money else matures_on,
        unallocated=None if origin else amount,
    )
    payment.record(PaymentReceived(), at=at)
    return payment


def milestones_in(allocations: Iterable[Allocation]) -> list[str]:
    """The milestones that something is allocated to, each once, in order."""
    return list(dict.fromkeys(one.payment_milestone_id for one in allocations))


def _share(allocation: Allocation, settled: Decimal) -> Decimal:
    """How much of the payment stands behind `settled` of an allocation."""
    if settled == allocation.settled.amount:
        return allocation.amount.amount
    share = allocation.amount.amount * settled / allocation.settled.amount
    return share.quantize(CENT, ROUND_HALF_UP)


def _rest(allocation: Allocation, settled: Decimal, amount: Decimal) -> Allocation:
    return Allocation(
        payment_milestone_id=allocation.payment_milestone_id,
        amount=Money(allocation.amount.amount - amount, allocation.amount.currency),
        settled=Money(allocation.settled.amount - settled, allocation.settled.currency),
        on=allocation.on,
    )
