"""A cost inquiry: asked, answered with a cost that holds for a time, or closed unanswered.

The cost is a record of its own beside it, since it is read by right only, and so are its events.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

ASKED, ANSWERED, CLOSED = "asked", "answered", "closed"


@dataclass(frozen=True, kw_only=True)
class CostInquiryAsked(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class CostInquiryAnswered(Fact):
    """That there is an answer, and for how long; not what it is."""

    answered_by: str
    valid_until: date
    previous_valid_until: date | None


@dataclass(frozen=True, kw_only=True)
class CostInquiryClosed(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class InquiredCostSet(Fact):
    previous_unit_cost: Money | None
    previous_floor_price: Money | None


class CostInquirySettled(Refused):
    slug = "cost-inquiry-settled"
    titles: ClassVar[Text] = {
        CHINESE: "询价已关闭",
        ENGLISH: "The cost inquiry is closed",
    }


@dataclass(kw_only=True)
class CostInquiry(Aggregate):
    """`specification` says what is to be made; the answer holds until `valid_until`."""

    TYPE: ClassVar[str] = "cost_inquiry"

    name: str
    specification: str
    quantity: Decimal
    unit: str
    product_id: str | None = None
    opportunity_id: str | None = None
    needed_on: date | None = None
    status: str = ASKED
    answered_by: str | None = None
    valid_until: date | None = None
    note: str | None = None
    closed_reason: str | None = None

    def answer(self, by: str, valid_until: date, note: str | None, *, today: date) -> None:
        """May be answered anew, as costs change. What was quoted keeps its own."""
        self._require_open()
        if valid_until < today:
            raise ValidationFailed(
                FieldError(
                    "/valid_until",
                    "in-past",
                    {CHINESE: "早于今天", ENGLISH: "is before today"},
                )
            )
        previous, self.valid_until = self.valid_until, valid_until
        self.status, self.answered_by, self.note = ANSWERED, by, note
        self.record(
            CostInquiryAnswered(
                answered_by=by, valid_until=valid_until, previous_valid_until=previous
            )
        )

    def close(self, reason: str) -> None:
        self._require_open()
        self.status, self.closed_reason = CLOSED, reason
        self.record(CostInquiryClosed(reason=reason))

    def holds(self, day: date) -> bool:
        """Whether there is an answer that one can quote by."""
        return self.status == ANSWERED and self.valid_until is not None and day <= self.valid_until

    def _require_open(self) -> None:
        if self.status == CLOSED:
            raise CostInquirySettled


@dataclass(kw_only=True)
class InquiredCost(Aggregate):
    """The answer: cost and floor price of a unit, without tax; its id is the inquiry's."""

    TYPE: ClassVar[str] = "inquired_cost"

    unit_cost: Money | None = None
    floor_price: Money | None = None

    def change(self, unit_cost: Money, floor_price: Money | None) -> None:
        if (unit_cost, floor_price) == (self.unit_cost, self.floor_price):
            return
        previous = InquiredCostSet(
            previous_unit_cost=self.unit_cost, previous_floor_price=self.floor_price
        )
        self.unit_cost, self.floor_price = unit_cost, floor_price
        self.record(previous)


def ask(
    *,
    identifier: str,
    name: str,
    specification: str,
    quantity: Decimal,
    unit: str,
    product_id: str | None,
    opportunity_id: str | None,
    needed_on: date | None,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str],
) -> CostInquiry:
    inquiry = CostInquiry(
        id=identifier,
        key=identifier,
        name=name,
        specification=specification,
        quantity=quantity,
        unit=unit,
        product_id=product_id,
        opportunity_id=opportunity_id,
        needed_on=needed_on,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids,
        rights_of=f"opportunity:{opportunity_id}" if opportunity_id else None,
    )
    inquiry.record(CostInquiryAsked())
    return inquiry
