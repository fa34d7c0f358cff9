"""Money: payments, what they are for, what is taken off, invoices, accounts and credit."""

from datetime import date
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, Money, OpportunityId, OrderId, PaymentId, StaffId

__all__ = [
    "CreditPolicyChanged",
    "DeductionMade",
    "DeductionProposed",
    "DeductionRefused",
    "DeductionReversed",
    "InvoiceCancelled",
    "InvoiceIssued",
    "InvoiceLine",
    "InvoiceRequested",
    "InvoiceReversed",
    "PaymentAllocated",
    "PaymentClaimed",
    "PaymentMatured",
    "PaymentMilestoneCancelled",
    "PaymentMilestoneDue",
    "PaymentMilestoneOverdue",
    "PaymentMilestonePlanned",
    "PaymentMilestoneReopened",
    "PaymentMilestoneSettled",
    "PaymentRefunded",
    "PaymentReleased",
    "PaymentReversed",
    "StatementConfirmed",
    "StatementDisputed",
    "StatementIssued",
    "TemporaryCreditLimitEnded",
    "TemporaryCreditLimitGranted",
    "TemporaryCreditLimitRefused",
    "TemporaryCreditLimitRequested",
]


@event("payment_milestone", "planned")
class PaymentMilestonePlanned(Event, frozen=True, kw_only=True):
    """What is to be paid `days` after `trigger` 回款节点; it has no date before that is a fact."""

    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    number: int
    name: str
    amount: Money
    trigger: str
    days: int


@event("payment_milestone", "due")
class PaymentMilestoneDue(Event, frozen=True, kw_only=True):
    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    amount: Money
    open_amount: Money
    triggered_on: date
    due_on: date


@event("payment_milestone", "settled")
class PaymentMilestoneSettled(Event, frozen=True, kw_only=True):
    """By a payment, deduction or return (`source`); `is_full`: nothing is open any more."""

    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    source: str
    settled: Money
    settled_on: date
    open_amount: Money
    is_full: bool
    due_on: date | None


@event("payment_milestone", "reopened")
class PaymentMilestoneReopened(Event, frozen=True, kw_only=True):
    """What had settled it was undone; `status` is what it is now."""

    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    source: str
    reopened: Money
    open_amount: Money
    reason: str
    status: str
    previous_status: str


@event("payment_milestone", "overdue")
class PaymentMilestoneOverdue(Event, frozen=True, kw_only=True):
    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    open_amount: Money
    due_on: date
    overdue_since: date


@event("payment_milestone", "cancelled")
class PaymentMilestoneCancelled(Event, frozen=True, kw_only=True):
    payment_milestone_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    amount: Money
    reason: str
    previous_status: str


@event("payment", "matured")
class PaymentMatured(Event, frozen=True, kw_only=True):
    """A bill that had been taken became money."""

    payment_id: PaymentId
    customer_id: CustomerId
    amount: Money
    method: str
    counts_on: date


@event("payment", "claimed")
class PaymentClaimed(Event, frozen=True, kw_only=True):
    """Whose it is 回款认领: a contract's or an order's; None: kept as prepayment 预收款."""

    payment_id: PaymentId
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    amount: Money
    previous_contract_id: str | None
    previous_order_id: OrderId | None


@event("payment", "allocated")
class PaymentAllocated(Event, frozen=True, kw_only=True):
    """`amount` of it settles `settled` of a milestone: the same, unless the currencies differ.

    `exchange_difference` is in the company's currency: what it is worth now, less what that part
    of the milestone was worth on the day it fell due.
    """

    payment_id: PaymentId
    customer_id: CustomerId
    payment_milestone_id: str
    amount: Money
    settled: Money
    unallocated: Money
    exchange_difference: Money | None = None


@event("payment", "released")
class PaymentReleased(Event, frozen=True, kw_only=True):
    """An allocation was undone: the money is free again."""

    payment_id: PaymentId
    customer_id: CustomerId
    payment_milestone_id: str
    amount: Money
    settled: Money
    unallocated: Money
    reason: str


@event("payment", "refunded")
class PaymentRefunded(Event, frozen=True, kw_only=True):
    payment_id: PaymentId
    customer_id: CustomerId
    amount: Money
    unallocated: Money
    refunded_on: date
    reason: str


@event("payment", "reversed")
class PaymentReversed(Event, frozen=True, kw_only=True):
    """It never was, or its bill was dishonoured 拒付; what it had settled is open again."""

    payment_id: PaymentId
    customer_id: CustomerId
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    amount: Money
    method: str
    kind: str
    reason: str
    reversed_on: date
    previous_status: str


@event("deduction", "proposed")
class DeductionProposed(Event, frozen=True, kw_only=True):
    """It waits for an approval. `kind`: rebate 返利, warranty 质保扣款, bad_debt 坏账, other."""

    deduction_id: str
    customer_id: CustomerId
    payment_milestone_id: str
    kind: str
    amount: Money
    reason: str


@event("deduction", "made")
class DeductionMade(Event, frozen=True, kw_only=True):
    deduction_id: str
    customer_id: CustomerId
    payment_milestone_id: str
    kind: str
    amount: Money
    reason: str
    made_on: date


@event("deduction", "refused")
class DeductionRefused(Event, frozen=True, kw_only=True):
    deduction_id: str
    customer_id: CustomerId
    payment_milestone_id: str
    kind: str
    amount: Money
    refused_because: str | None


@event("deduction", "reversed")
class DeductionReversed(Event, frozen=True, kw_only=True):
    deduction_id: str
    customer_id: CustomerId
    payment_milestone_id: str
    kind: str
    amount: Money
    reversed_because: str
    reversed_on: date


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a VAT invoice: `tax` is `net` × `tax_rate`, rounded half-up to cents."""

    description: str
    net: Money
    tax_rate: Decimal
    tax: Money
    gross: Money


@event("invoice", "requested")
class InvoiceRequested(Event, frozen=True, kw_only=True):
    invoice_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    payment_milestone_ids: list[str]
    kind: str
    lines: list[InvoiceLine]
    net: Money
    tax: Money
    gross: Money
    requested_by: StaffId | None


@event("invoice", "issued")
class InvoiceIssued(Event, frozen=True, kw_only=True):
    invoice_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    number: str
    kind: str
    net: Money
    tax: Money
    gross: Money
    issued_on: date


@event("invoice", "cancelled")
class InvoiceCancelled(Event, frozen=True, kw_only=True):
    """Before it was issued."""

    invoice_id: str
    customer_id: CustomerId
    reason: str


@event("invoice", "reversed")
class InvoiceReversed(Event, frozen=True, kw_only=True):
    """Wholly or in part, by a red invoice 红冲; amounts are what it takes back."""

    invoice_id: str
    customer_id: CustomerId
    contract_id: str | None
    order_id: OrderId | None
    opportunity_id: OpportunityId | None
    number: str
    red_number: str
    net: Money
    tax: Money
    gross: Money
    reversed_on: date
    reason: str
    is_full: bool


@event("statement", "issued")
class StatementIssued(Event, frozen=True, kw_only=True):
    """An account 对账单 over some days, both included; balances are what the customer owes."""

    statement_id: str
    customer_id: CustomerId
    first_on: date
    last_on: date
    opening: list[Money]
    closing: list[Money]


@event("statement", "confirmed")
class StatementConfirmed(Event, frozen=True, kw_only=True):
    statement_id: str
    customer_id: CustomerId
    first_on: date
    last_on: date
    closing: list[Money]
    confirmed_on: date


@event("statement", "disputed")
class StatementDisputed(Event, frozen=True, kw_only=True):
    statement_id: str
    customer_id: CustomerId
    first_on: date
    last_on: date
    disputed_on: date
    difference: Money | None = None


@event("temporary_credit_limit", "requested")
class TemporaryCreditLimitRequested(Event, frozen=True, kw_only=True):
    """So much more 临时额度, up to and including `expires_on`, once it is granted."""

    temporary_credit_limit_id: str
    customer_id: CustomerId
    holder_id: CustomerId
    amount: Money
    reason: str
    expires_on: date


@event("temporary_credit_limit", "granted")
class TemporaryCreditLimitGranted(Event, frozen=True, kw_only=True):
    temporary_credit_limit_id: str
    customer_id: CustomerId
    holder_id: CustomerId
    amount: Money
    expires_on: date
    granted_by: StaffId | None


@event("temporary_credit_limit", "refused")
class TemporaryCreditLimitRefused(Event, frozen=True, kw_only=True):
    temporary_credit_limit_id: str
    customer_id: CustomerId
    amount: Money
    reason: str | None


@event("temporary_credit_limit", "ended")
class TemporaryCreditLimitEnded(Event, frozen=True, kw_only=True):
    """`outcome`: expired or revoked."""

    temporary_credit_limit_id: str
    customer_id: CustomerId
    holder_id: CustomerId
    amount: Money
    outcome: str
    reason: str | None
    previous_status: str


@event("credit_policy", "changed")
class CreditPolicyChanged(Event, frozen=True, kw_only=True):
    """After how many days overdue nothing is sold (None: never), and when bills are money."""

    credit_policy_id: str
    blocked_after_days: int | None
    bank_bill_counts: str
    commercial_bill_counts: str
    previous_blocked_after_days: int | None
    previous_bank_bill_counts: str
    previous_commercial_bill_counts: str
