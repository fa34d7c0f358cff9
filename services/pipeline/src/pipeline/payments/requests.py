"""What is asked of payments over HTTP."""

from typing import Annotated, Literal

from chassis.http import RequestModel
from pydantic import Field, model_validator

from pipeline.payments.allocating import Choice
from pipeline.requests import Day, Identifier, PositiveMoney, Reason

Number = Annotated[str, Field(min_length=1, max_length=64)]


class ChoiceIn(RequestModel):
    """So much of the payment, in its currency, for one milestone; all that is open by default."""

    payment_milestone_id: Identifier
    amount: PositiveMoney | None = None

    @property
    def value(self) -> Choice:
        amount = self.amount.value.amount if self.amount else None
        return Choice(payment_milestone_id=self.payment_milestone_id, amount=amount)


Choices = Annotated[list[ChoiceIn], Field(min_length=1, max_length=100)]


class PaymentIn(RequestModel):
    """For an order, a contract, a deal or a customer. `history`: with the right to it, not new.

    A bill 承兑汇票 says when it matures. Without `allocations`, what is claimed is allocated to
    the oldest first.
    """

    amount: PositiveMoney
    method: Literal["transfer", "cash", "bank_bill", "commercial_bill", "other"] = "transfer"
    customer_id: Identifier | None = None
    order_id: Identifier | None = None
    contract_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    owner_id: Identifier | None = None
    external_id: str | None = Field(None, min_length=1, max_length=64)
    received_on: Day | None = None
    bill_number: Number | None = None
    matures_on: Day | None = None
    allocations: Choices | None = None
    history: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> "PaymentIn":
        named = (self.customer_id, self.order_id, self.contract_id, self.opportunity_id)
        if not any(named):
            raise ValueError(
                "a payment names a customer_id, an order_id, a contract_id or an opportunity_id"
            )
        is_bill = self.method in ("bank_bill", "commercial_bill")
        if self.matures_on is not None and not is_bill:
            raise ValueError("only a bill matures")
        if self.history and self.allocations:
            raise ValueError("history is not allocated")
        return self


class ClaimIn(RequestModel):
    """By a contract or an order; by neither: it is kept as prepayment."""

    contract_id: Identifier | None = None
    order_id: Identifier | None = None


class AllocateIn(RequestModel):
    """As chosen; without a choice, the oldest first."""

    allocations: Choices | None = None


class ReleaseIn(RequestModel):
    """The allocation to one milestone, or to all."""

    payment_milestone_id: Identifier | None = None
    reason: Reason


class RefundIn(RequestModel):
    """All that is left of it, unless an amount is told."""

    amount: PositiveMoney | None = None
    refunded_on: Day | None = None
    reason: Reason


class ReverseIn(RequestModel):
    reason: Reason
