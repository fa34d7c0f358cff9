"""A payment in its simplest form: received, once. A wrong one is reversed, never edited."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from contracts.values import Money

METHODS = ("transfer", "cash", "bank_bill", "commercial_bill", "other")


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(Fact):
    pass


@dataclass(kw_only=True)
class Payment(Aggregate):
    """Money from a customer; for an order where one is named, else kept as prepayment."""

    TYPE: ClassVar[str] = "payment"

    customer_id: str
    order_id: str | None = None
    opportunity_id: str | None = None
    amount: Money
    method: str
    received_on: date
    external_id: str | None = None


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
    opportunity_id: str | None = None,
    external_id: str | None = None,
    collaborator_ids: list[str] | None = None,
    origin: str | None = None,
    at: datetime | None = None,
) -> Payment:
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
        opportunity_id=opportunity_id,
        external_id=external_id,
        amount=amount,
        method=method,
        received_on=received_on,
    )
    payment.record(PaymentReceived(), at=at)
    return payment
