"""Parts of requests that several routes take."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from chassis.http import MoneyIn, RequestModel
from contracts.values import Money
from fastapi import Path, Query
from pydantic import AwareDatetime, Field, model_validator

from pipeline.products.model import Line

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
IdPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
IdQuery = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Quantity = Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=4, allow_inf_nan=False)]


Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC)),
]
LARGEST = Decimal(10) ** 13


class PositiveMoney(MoneyIn):
    """An amount above zero."""

    amount: Annotated[Decimal, Field(gt=0, lt=10**13, decimal_places=2, allow_inf_nan=False)]


class LineIn(RequestModel):
    """So many of one product; the amount follows from the unit price unless it is given."""

    product_id: Identifier
    quantity: Quantity = Decimal(1)
    unit_price: MoneyIn | None = None
    amount: MoneyIn | None = None

    @model_validator(mode="after")
    def _has_an_amount(self) -> "LineIn":
        if self.amount is None and self.unit_price is None:
            raise ValueError("a line has an amount or a unit price")
        if not 0 <= self.value.amount.amount < LARGEST:
            raise ValueError("the amount of a line is not negative, and below 10^13")
        return self

    @property
    def value(self) -> Line:
        unit_price = self.unit_price.value if self.unit_price else None
        given = self.amount.value if self.amount else None
        return Line(
            product_id=self.product_id,
            quantity=self.quantity,
            unit_price=unit_price,
            amount=given or _times(unit_price, self.quantity),
        )


def _times(unit_price: Money | None, quantity: Decimal) -> Money:
    if unit_price is None:
        raise ValueError("a line has an amount or a unit price")
    return unit_price.times(quantity)
