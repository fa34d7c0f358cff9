"""A payment milestone: planned, due once its trigger is a fact, settled bit by bit, or overdue.

It is never edited: money, deductions and returns settle it, and what is undone opens it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Protocol

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import CENT, Money

PLANNED, DUE, OVERDUE, SETTLED, CANCELLED = "planned", "due", "overdue", "settled", "cancelled"
TRIGGERS = (
    "signing",
    "shipment",
    "arrival",
    "acceptance",
    "warranty_end",
    "statement",
    "date",
)
NOT_DUE = "not_due"
BUCKETS = ((30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
OLDEST = ">365"


class Payable(Protocol):
    """A contract or an order: what a customer pays for, and whose it is."""

    id: str
    key: str
    customer_id: str
    opportunity_id: str | None
    owner_id: str | None
    team_id: str | None
    region: str | None
    collaborator_ids: list[str]
    rights_of: str | None


@dataclass(frozen=True, kw_only=True)
class PlannedPayment:
    """One line of a payment plan: so much, `days` after `trigger`; `on` for the trigger `date`."""

    name: str
    amount: Money
    trigger: str
    days: int = 0
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What took something off: `source` is `payment:<id>`, `deduction:<id>` or `return:<order>`."""

    source: str
    amount: Money
    on: date


@dataclass(frozen=True, kw_only=True)
class PaymentMilestonePlanned(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PaymentMilestoneDue(Fact):
    """Its trigger is a fact: from now on there is a date."""

    triggered_on: date
    due_on: date
    open_amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentMilestoneSettled(Fact):
    """In part or, `is_full`, in whole."""

    source: str
    settled: Money
    settled_on: date
    open_amount: Money
    is_full: bool


@dataclass(frozen=True, kw_only=True)
class PaymentMilestoneReopened(Fact):
    """What had settled it was undone."""

    source: str
    reopened: Money
    open_amount: Money
    reason: str
    status: str
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class PaymentMilestoneOverdue(Fact):
    overdue_since: date
    open_amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentMilestoneCancelled(Fact):
    reason: str
    previous_status: str


class MilestoneClosed(Refused):
    slug = "milestone-closed"
    titles: ClassVar[Text] = {
        CHINESE: "回款节点已结清或已取消",
        ENGLISH: "The payment milestone is settled or cancelled",
    }


class MilestoneOverpaid(Refused):
    """More than is open would be settled, or more undone than was settled."""

    slug = "milestone-overpaid"
    titles: ClassVar[Text] = {
        CHINESE: "超过回款节点的未结金额",
        ENGLISH: "It is more than the payment milestone leaves open",
    }


@dataclass(kw_only=True)
class PaymentMilestone(Aggregate):
    """Of a contract, or of an order without one. `open_amount` is what is still to be paid."""

    TYPE: ClassVar[str] = "payment_milestone"

    customer_id: str
    contract_id: str | None = None
    order_id: str | None = None
    opportunity_id: str | None = None
    number: int
    name: str
    amount: Money
    open_amount: Money
    trigger: str
    days: int = 0
    fixed_on: date | None = None
    status: str = PLANNED
    triggered_on: date | None = None
    due_on: date | None = None
    overdue_since: date | None = None
    settled_on: date | None = None
    settlements: list[Settlement] = field(default_factory=list)

    @property
    def obligation(self) -> str:
        """What it belongs to: `contract:<id>` or `order:<id>`."""
        return f"contract:{self.contract_id}" if self.contract_id else f"order:{self.order_id}"

    @property
    def is_triggered(self) -> bool:
        return self.triggered_on is not None and self.status != CANCELLED

    @property
    def settled(self) -> Money:
        return self.amount - self.open_amount

    def fall_due(self, on: date) -> None:
        """Its trigger has happened. A second time, nothing happens."""
        if self.triggered_on is not None or self.status == CANCELLED:
            return
        self.triggered_on = on
        self.due_on = on + timedelta(days=self.days)
        if self.status == PLANNED:
            self.status = DUE
        self.record(
            PaymentMilestoneDue(triggered_on=on, due_on=self.due_on, open_amount=self.open_amount)
        )

    def settle(self, source: str, amount: Money, on: date) -> None:
        """Money, a deduction or a return takes `amount` off.

        Raises:
            MilestoneClosed: nothing is open any more.
            MilestoneOverpaid: less than `amount` is open.
        """
        if self.status in (SETTLED, CANCELLED):
            raise MilestoneClosed(
                {CHINESE: f"状态：{self.status}", ENGLISH: f"it is {self.status}"}
            )
        if not 0 < amount.amount <= self.open_amount.amount:
            raise MilestoneOverpaid(members={"open": f"{self.open_amount.amount:.2f}"})
        self.open_amount = self.open_amount - amount
        self.settlements = [*self.settlements, Settlement(source=source, amount=amount, on=on)]
        is_full = self.open_amount.amount == 0
        if is_full:
            self.status, self.settled_on = SETTLED, on
        self.record(
            PaymentMilestoneSettled(
                source=source,
                settled=amount,
                settled_on=on,
                open_amount=self.open_amount,
                is_full=is_full,
            )
        )

    def unsettle(self, source: str, amount: Money, reason: str) -> None:
        """Undo what `source` had settled, the newest first: as much is open again.

        Raises:
            MilestoneOverpaid: the source had not settled so much.
        """
        left = amount
        kept: list[Settlement] = []
        for one in reversed(self.settlements):
            if one.source != source or left.amount == 0:
                kept.append(one)
                continue
            taken = min(left.amount, one.amount.amount)
            left = Money(left.amount - taken, left.currency)
            rest = Money(one.amount.amount - taken, one.amount.currency)
            if rest.amount:
                kept.append(Settlement(source=source, amount=rest, on=one.on))
        if left.amount:
            raise MilestoneOverpaid(members={"open": f"{self.open_amount.amount:.2f}"})
        previous = self.status
        self.settlements = kept[::-1]
        self.open_amount = self.open_amount + amount
        self.settled_on = None
        if previous != CANCELLED:
            self.status = self._open_status()
        self.record(
            PaymentMilestoneReopened(
                source=source,
                reopened=amount,
                open_amount=self.open_amount,
                reason=reason,
                status=self.status,
                previous_status=previous,
            )
        )

    def lapse(self, today: date) -> None:
        """Not paid by its date. Settled or cancelled meanwhile: nothing happens."""
        if self.status != DUE or self.due_on is None or today <= self.due_on:
            return
        self.status = OVERDUE
        self.overdue_since = self.due_on + timedelta(days=1)
        self.record(
            PaymentMilestoneOverdue(overdue_since=self.overdue_since, open_amount=self.open_amount)
        )

    def cancel(self, reason: str) -> None:
        """It will not be asked for: the contract ended or was changed. Only while nothing is paid.

        Raises:
            MilestoneClosed: it is settled, or something of it is.
        """
        if self.status == CANCELLED:
            return
        if self.settlements:
            raise MilestoneClosed(
                {CHINESE: "已有回款或扣款", ENGLISH: "something has been settled already"}
            )
        previous, self.status = self.status, CANCELLED
        self.record(PaymentMilestoneCancelled(reason=reason, previous_status=previous))

    def _open_status(self) -> str:
        if self.overdue_since is not None:
            return OVERDUE
        return PLANNED if self.triggered_on is None else DUE


def plan_payment(
    payable: Payable,
    planned: PlannedPayment,
    *,
    identifier: str,
    number: int,
    contract_id: str | None = None,
    order_id: str | None = None,
) -> PaymentMilestone:
    """A milestone of a contract or an order, which decides whose it is and who sees it.

    Raises:
        ValidationFailed: nothing to pay, no such trigger, a date that is missing or too much.
    """
    _require_sound(planned)
    milestone = PaymentMilestone(
        id=identifier,
        key=payable.key,
        owner_id=payable.owner_id,
        team_id=payable.team_id,
        region=payable.region,
        collaborator_ids=list(payable.collaborator_ids),
        rights_of=payable.rights_of,
        customer_id=payable.customer_id,
        contract_id=contract_id,
        order_id=order_id,
        opportunity_id=payable.opportunity_id,
        number=number,
        name=planned.name,
        amount=planned.amount,
        open_amount=planned.amount,
        trigger=planned.trigger,
        days=planned.days,
        fixed_on=planned.on,
    )
    milestone.record(PaymentMilestonePlanned())
    return milestone


def shared_out(total: Money, shares: Sequence[Decimal]) -> list[Money]:
    """`total` by shares that sum to 100: rounded half-up to cents, the last takes the rest."""
    amounts = [
        Money((total.amount * share / 100).quantize(CENT, ROUND_HALF_UP), total.currency)
        for share in shares[:-1]
    ]
    rest = total.amount - sum((one.amount for one in amounts), Decimal(0))
    return [*amounts, Money(rest, total.currency)]


def bucket_of(due_on: date | None, today: date) -> str:
    """The age of what is open 账龄: `not_due` until the day after its date."""
    late = 0 if due_on is None else (today - due_on).days
    if late <= 0:
        return NOT_DUE
    return next((name for most, name in BUCKETS if late <= most), OLDEST)


def _require_sound(planned: PlannedPayment) -> None:
    errors = []
    if planned.amount.amount <= 0:
        errors.append(
            FieldError("/amount", "not-positive", {CHINESE: "须大于零", ENGLISH: "must be above 0"})
        )
    if planned.trigger not in TRIGGERS:
        allowed = ", ".join(TRIGGERS)
        errors.append(
            FieldError(
                "/trigger",
                "unknown",
                {CHINESE: f"须为 {allowed} 之一", ENGLISH: f"is one of {allowed}"},
            )
        )
    if (planned.on is not None) != (planned.trigger == "date"):
        errors.append(
            FieldError(
                "/on",
                "date-only",
                {CHINESE: "仅触发条件 date 须给出日期", ENGLISH: "belongs to the trigger `date`"},
            )
        )
    if errors:
        raise ValidationFailed(errors)
