"""What may be called off a contract, line by line. Orders draw on it, and never on more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

from pipeline.orders.model.quantities import Part, QuantityExceeded, worth
from pipeline.pricing.model import PaperLine
from pipeline.taxes.model import Taxed, nothing

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line in force: `allowed` of it by now, after supplements; `drawn` by orders."""

    line: PaperLine
    allowed: Decimal
    drawn: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.allowed - self.drawn


def require_drawable(parts: Sequence[Part], items: Sequence[Item], *, pointer: str) -> None:
    """As much is left of every line, also where one is named more than once.

    Raises:
        QuantityExceeded: with every line that has less.
        ValidationFailed: no such line.
    """
    asked: dict[int, Decimal] = {}
    for place, part in enumerate(parts):
        if not 1 <= part.line <= len(items):
            raise ValidationFailed(
                FieldError(
                    f"{pointer}/{place}/line",
                    "unknown",
                    {CHINESE: "合同没有这一行", ENGLISH: "no such line in the contract"},
                )
            )
        asked[part.line] = asked.get(part.line, ZERO) + part.quantity
    beyond = [
        (number, quantity, items[number - 1].left)
        for number, quantity in sorted(asked.items())
        if quantity > items[number - 1].left
    ]
    if beyond:
        raise QuantityExceeded(beyond)


def worth_of(items: Sequence[Item], quantity: Callable[[Item], Decimal]) -> Taxed:
    """What so much of every line comes to."""
    total = nothing(items[0].line.currency)
    for item in items:
        line, much = item.line, quantity(item)
        net = worth(line.net, much, line.quantity)
        gross = worth(line.gross, much, line.quantity)
        total = total + Taxed(net=net, tax=gross - net, gross=gross)
    return total
