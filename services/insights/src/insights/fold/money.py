"""Amounts inside sums: whole cents per currency, exact and quick to add."""

from decimal import Decimal

from contracts.values import Money

LARGEST_INT64 = 2**63 - 1
_HUNDRED = Decimal(100)


def cents_of(money: Money) -> int:
    """Whole cents, rounded half-even where more places were sent."""
    return int((money.amount * _HUNDRED).to_integral_value())


def amount_of(cents: int) -> Decimal:
    """With two places."""
    return Decimal(cents).scaleb(-2)


def stored(cents: int) -> int | Decimal:
    """As the database holds it: 64 bits, or a decimal beyond them."""
    return cents if -LARGEST_INT64 <= cents <= LARGEST_INT64 else Decimal(cents)
