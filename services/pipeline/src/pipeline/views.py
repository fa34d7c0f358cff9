"""Values as they are shown over HTTP."""

from decimal import Decimal
from typing import Any

import msgspec
from contracts.values import Money

from pipeline.products.model import Line


def money_view(money: Money | None) -> dict[str, str] | None:
    """An amount as a decimal string with two places, and its currency."""
    if money is None:
        return None
    return {"amount": decimal_view(money.amount), "currency": money.currency}


def decimal_view(amount: Decimal) -> str:
    """Two places, as amounts of a stated currency are shown."""
    return str(amount.quantize(Decimal("0.01")))


def line_view(line: Line) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "quantity": str(line.quantity.normalize() + 0),
        "unit_price": money_view(line.unit_price),
        "amount": money_view(line.amount),
    }


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values, field by field."""
    shown: dict[str, Any] = msgspec.to_builtins(value)
    return shown
