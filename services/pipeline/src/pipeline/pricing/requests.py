"""A line of a paper as a client gives it."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated

from chassis.http import Amount, RequestModel
from pydantic import Field, model_validator

from pipeline.pricing.model import GivenLine
from pipeline.requests import LARGEST, Identifier, Quantity

Share = Annotated[Decimal, Field(ge=0, lt=1, decimal_places=4, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PaperLineIn(RequestModel):
    """So many of a product, or of what `name` says.

    Left out, the price is the one that applies to the customer, unit and tax rate are those of
    the product; a line without a product needs name, unit price and tax rate.
    """

    product_id: Identifier | None = None
    name: str | None = Field(None, min_length=1, max_length=300)
    quantity: Quantity = Decimal(1)
    unit: str | None = Field(None, min_length=1, max_length=20)
    unit_price: Annotated[Amount, Field(ge=0)] | None = None
    is_taxed: bool | None = None
    discount: Share = Decimal(0)
    tax_rate: Share | None = None
    is_optional: bool = False
    cost_inquiry_id: Identifier | None = None
    note: str | None = Field(None, min_length=1, max_length=500)

    @model_validator(mode="after")
    def _says_what(self) -> "PaperLineIn":
        if self.product_id is None and self.name is None:
            raise ValueError("a line names a product_id, or says by name what it is")
        if self.product_id is None and (self.unit_price is None or self.tax_rate is None):
            raise ValueError("a line without a product has a unit_price and a tax_rate")
        if self.unit_price is not None and self.unit_price * self.quantity * 2 >= LARGEST:
            raise ValueError("the amount of a line is below 10^13")
        return self

    @property
    def value(self) -> GivenLine:
        return GivenLine(**{each.name: getattr(self, each.name) for each in fields(GivenLine)})


PaperLinesIn = Annotated[list[PaperLineIn], Field(min_length=1, max_length=200)]
