"""What is asked of invoices over HTTP."""

from decimal import Decimal
from typing import Annotated, Literal

from chassis.http import RequestModel
from pydantic import Field, model_validator

from pipeline.invoices.model import MOST_LINES, Buyer, InvoiceLine, Part
from pipeline.requests import Day, Identifier, PositiveMoney, Reason
from pipeline.taxes.model import with_tax_added, with_tax_inside

Kind = Literal["special", "ordinary"]
Short = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]
Rate = Annotated[Decimal, Field(ge=0, lt=1, decimal_places=4, allow_inf_nan=False)]


class BuyerIn(RequestModel):
    title: Short
    tax_number: Annotated[str, Field(pattern=r"^[0-9A-Z]{15,20}$")] | None = None
    address: Short | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    bank: Short | None = None
    bank_account: Annotated[str, Field(max_length=64)] | None = None

    @property
    def value(self) -> Buyer:
        return Buyer(**self.model_dump())


class InvoiceLineIn(RequestModel):
    """Either without tax (`net`) or with (`gross`); the other follows by the tax rate."""

    description: Short
    tax_rate: Rate
    net: PositiveMoney | None = None
    gross: PositiveMoney | None = None

    @model_validator(mode="after")
    def _says_one(self) -> "InvoiceLineIn":
        if (self.net is None) == (self.gross is None):
            raise ValueError("a line has either a net or a gross amount")
        return self

    @property
    def value(self) -> InvoiceLine:
        if self.net is not None:
            given = self.net.value
            taxed = with_tax_added(given.amount, self.tax_rate, given.currency)
        elif self.gross is not None:
            given = self.gross.value
            taxed = with_tax_inside(given.amount, self.tax_rate, given.currency)
        else:
            raise ValueError("a line has either a net or a gross amount")
        return InvoiceLine(
            description=self.description,
            tax_rate=self.tax_rate,
            net=taxed.net,
            tax=taxed.tax,
            gross=taxed.gross,
        )


class InvoiceIn(RequestModel):
    """Without a buyer, the customer's last invoice says who it is."""

    customer_id: Identifier
    kind: Kind = "special"
    lines: list[InvoiceLineIn] = Field(min_length=1, max_length=MOST_LINES)
    buyer: BuyerIn | None = None
    order_id: Identifier | None = None
    payment_milestone_ids: list[Identifier] = Field(default_factory=list, max_length=100)


class IssueIn(RequestModel):
    number: Number
    issued_on: Day | None = None


class CancelIn(RequestModel):
    reason: Reason


class PartIn(RequestModel):
    """So much, tax included, of one line (from 1)."""

    line: int = Field(ge=1, le=MOST_LINES)
    gross: Annotated[Decimal, Field(gt=0, lt=10**13, decimal_places=2, allow_inf_nan=False)]

    @property
    def value(self) -> Part:
        return Part(line=self.line, gross=self.gross)


class ReverseIn(RequestModel):
    """Without parts, all that is left."""

    red_number: Number
    parts: list[PartIn] = Field(default_factory=list, max_length=MOST_LINES)
    reversed_on: Day | None = None
    reason: Reason
