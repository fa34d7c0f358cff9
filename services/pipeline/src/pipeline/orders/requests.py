"""What a client says about orders."""

from typing import Annotated, Literal

from chassis.http import RequestModel
from pydantic import Field, field_validator, model_validator

from pipeline.orders.model import Part
from pipeline.pricing.requests import Currency, PaperLineIn
from pipeline.requests import Day, Identifier, LineIn, Quantity, Reason

Status = Literal["placed", "partly_delivered", "delivered", "cancelled", "returned"]
Number = Annotated[int, Field(ge=1, le=10_000)]


class PartIn(RequestModel):
    """So much of one line, which is named by its place from 1."""

    line: Annotated[int, Field(ge=1, le=400)]
    quantity: Quantity

    @property
    def value(self) -> Part:
        return Part(line=self.line, quantity=self.quantity)


class OrderIn(RequestModel):
    """For a contract, a deal, or a customer.

    Its lines are `paper_lines`, priced and taxed; or, in the simplest form, `lines` without tax;
    or `parts` of the contract's lines, all that is left of them where none are named; or those of
    a quote that was accepted. `history`: with the right to it, delivered already perhaps.
    """

    customer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    contract_id: Identifier | None = None
    quote_id: Identifier | None = None
    options: list[Annotated[int, Field(ge=1, le=200)]] = Field(default=[], max_length=200)
    owner_id: Identifier | None = None
    number: str | None = Field(None, min_length=1, max_length=40)
    external_id: str | None = Field(None, min_length=1, max_length=64)
    lines: list[LineIn] = Field(default=[], max_length=200)
    paper_lines: list[PaperLineIn] = Field(default=[], max_length=200)
    currency: Currency | None = None
    parts: list[PartIn] = Field(default=[], max_length=200)
    placed_on: Day | None = None
    history: bool = False
    delivered_on: Day | None = None

    @field_validator("lines")
    @classmethod
    def _has_lines(cls, lines: list[LineIn]) -> list[LineIn]:
        if not lines:
            raise ValueError("an order has lines")
        return lines

    @model_validator(mode="after")
    def _makes_sense(self) -> "OrderIn":
        if self.delivered_on is not None and not self.history:
            raise ValueError("only history is delivered already")
        paper = self.contract_id or self.quote_id
        if not (self.customer_id or self.opportunity_id or paper):
            raise ValueError("an order names a customer_id, an opportunity_id or a paper of theirs")
        given = [bool(self.lines), bool(self.paper_lines), bool(self.parts)]
        if sum(given) > 1:
            raise ValueError("lines, paper_lines and parts exclude each other")
        if self.quote_id is not None and (any(given) or self.contract_id or self.history):
            raise ValueError("an order of a quote takes its lines, and no others")
        if paper is None and (self.parts or not any(given)):
            raise ValueError("an order has lines of its own, or those of its contract")
        if self.contract_id is not None and (self.lines or self.history):
            raise ValueError("an order under a contract takes its lines, or has paper_lines")
        return self


class PartsIn(RequestModel):
    """Some of an order's lines; all that is left where none are named."""

    lines: list[PartIn] = Field(default=[], max_length=200)

    @property
    def moved(self) -> list[Part]:
        return [one.value for one in self.lines]


class ShipIn(PartsIn):
    shipped_on: Day | None = None
    carrier: str | None = Field(None, min_length=1, max_length=100)
    waybill: str | None = Field(None, min_length=1, max_length=100)


class ReverseShipmentIn(PartsIn):
    reason: Reason


class DeliverIn(PartsIn):
    delivered_on: Day | None = None


class AcceptIn(RequestModel):
    """Which deliveries, by their number; all that wait for it where none are named."""

    deliveries: list[Number] = Field(default=[], max_length=200)
    accepted_on: Day | None = None
    file_id: Identifier | None = None


class RefuseAcceptanceIn(RequestModel):
    deliveries: list[Number] = Field(default=[], max_length=200)
    refused_on: Day | None = None
    reason: Reason


class ReturnIn(PartsIn):
    """`replacement` is delivered once more; `correction` was never delivered."""

    lines: list[PartIn] = Field(min_length=1, max_length=200)
    outcome: Literal["refund", "replacement", "correction"] = "refund"
    returned_on: Day | None = None
    reason: Reason


class CancelIn(RequestModel):
    reason: Reason
