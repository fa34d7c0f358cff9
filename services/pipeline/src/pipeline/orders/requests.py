"""What a client says about orders."""

from typing import Annotated, Literal

from chassis.http import RequestModel
from pydantic import Field, model_validator

from pipeline.orders.model import Part
from pipeline.requests import Day, Identifier, LineIn, Quantity, Reason

Status = Literal["placed", "partly_delivered", "delivered", "cancelled", "returned"]
Number = Annotated[int, Field(ge=1, le=10_000)]


class OrderIn(RequestModel):
    """For a deal, or for a customer. `history`: with the right to it, delivered already perhaps."""

    customer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    owner_id: Identifier | None = None
    number: str | None = Field(None, min_length=1, max_length=40)
    external_id: str | None = Field(None, min_length=1, max_length=64)
    lines: list[LineIn] = Field(min_length=1, max_length=200)
    placed_on: Day | None = None
    history: bool = False
    delivered_on: Day | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "OrderIn":
        if self.delivered_on is not None and not self.history:
            raise ValueError("only history is delivered already")
        if self.customer_id is None and self.opportunity_id is None:
            raise ValueError("an order names a customer_id or an opportunity_id")
        return self


class PartIn(RequestModel):
    """So much of one line, which is named by its place from 1."""

    line: Annotated[int, Field(ge=1, le=200)]
    quantity: Quantity


class PartsIn(RequestModel):
    """Some of an order's lines; all that is left where none are named."""

    lines: list[PartIn] = Field(default=[], max_length=200)

    @property
    def parts(self) -> list[Part]:
        return [Part(line=one.line, quantity=one.quantity) for one in self.lines]


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
