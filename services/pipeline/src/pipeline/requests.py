"""Parts of requests that several routes take."""

from decimal import Decimal
from typing import Annotated

from chassis.http import MoneyIn, RequestModel
from fastapi import Path, Query
from pydantic import Field

from pipeline.products.model import Line

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
IdPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
IdQuery = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Quantity = Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=4, allow_inf_nan=False)]


class PositiveMoney(MoneyIn):
    """An amount above zero."""

    amount: Annotated[Decimal, Field(gt=0, lt=10**13, decimal_places=2, allow_inf_nan=False)]


class LineIn(RequestModel):
    """So many of one product; the amount follows from the unit price unless it is given."""

    product_id: Identifier
    quantity: Quantity = Decimal(1)
    unit_price: MoneyIn | None = None
    amount: MoneyIn | None = None


def line_of(given: LineIn) -> Line | None:
    """None if neither amount nor unit price is given."""
    unit_price = given.unit_price.value if given.unit_price else None
    if given.amount is not None:
        amount = given.amount.value
    elif unit_price is not None:
        amount = unit_price.times(given.quantity)
    else:
        return None
    return Line(
        product_id=given.product_id,
        quantity=given.quantity,
        unit_price=unit_price,
        amount=amount,
    )
