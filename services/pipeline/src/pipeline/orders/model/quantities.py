"""How much of each line was shipped, delivered, returned or cancelled, and what that is worth.

Every bound of an order is here: nothing is delivered that was not ordered, nothing comes back that
was not delivered. What so much of a line is worth depends on the quantity alone, never on the way
there, so that parts add up to the whole and a return takes back what its delivery gave.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import CENT, Money

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Part:
    """So much of one line, which is named by its place from 1."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class LineStanding:
    """One line. `again` is what came back and is to be delivered once more."""

    ordered: Decimal
    cancelled: Decimal = ZERO
    shipped: Decimal = ZERO
    delivered: Decimal = ZERO
    returned: Decimal = ZERO
    again: Decimal = ZERO

    @property
    def to_ship(self) -> Decimal:
        return self.ordered - self.cancelled + self.again - self.shipped

    @property
    def to_deliver(self) -> Decimal:
        return self.ordered - self.cancelled + self.again - self.delivered

    @property
    def on_the_way(self) -> Decimal:
        return self.shipped - self.delivered

    @property
    def kept(self) -> Decimal:
        """What the customer has: revenue is counted on this."""
        return self.delivered - self.returned

    @property
    def sent(self) -> Decimal:
        """What left us and did not come back."""
        return self.shipped - self.returned

    @property
    def stands(self) -> Decimal:
        """What the order is still for: kept, on the way, or to be shipped."""
        return self.sent + self.to_ship


class QuantityExceeded(Refused):
    """More than is left; `lines` tells of each line how much that is."""

    slug = "quantity-exceeded"
    titles: ClassVar[Text] = {
        CHINESE: "数量超出可用余量",
        ENGLISH: "That is more than is left",
    }

    def __init__(self, beyond: list[tuple[int, Decimal, Decimal]]) -> None:
        told = [
            {"line": line, "asked": _told(asked), "left": _told(left)}
            for line, asked, left in beyond
        ]
        super().__init__(
            {
                CHINESE: "；".join(
                    f"第 {one['line']} 行：{one['asked']}，余 {one['left']}" for one in told
                ),
                ENGLISH: "; ".join(
                    f"line {one['line']}: {one['asked']} asked, {one['left']} left" for one in told
                ),
            },
            members={"lines": told},
        )


def require_left(
    parts: Sequence[Part], lines: Sequence[LineStanding], left: Callable[[LineStanding], Decimal]
) -> None:
    """Each line is named once and has as much left as is asked of it.

    Raises:
        QuantityExceeded: with every line that has less.
        ValidationFailed: no such line, or one named twice.
    """
    errors = []
    for place, part in enumerate(parts):
        if not 1 <= part.line <= len(lines):
            errors.append(_wrong(place, "unknown", "没有这一行", "no such line"))
        elif any(part.line == before.line for before in parts[:place]):
            errors.append(_wrong(place, "repeated", "该行重复", "the line is named before"))
    if errors:
        raise ValidationFailed(errors)
    beyond = [
        (part.line, part.quantity, left(lines[part.line - 1]))
        for part in parts
        if part.quantity > left(lines[part.line - 1])
    ]
    if beyond:
        raise QuantityExceeded(beyond)


def all_left(lines: Sequence[LineStanding], left: Callable[[LineStanding], Decimal]) -> list[Part]:
    """Whatever is left of every line."""
    return [
        Part(line=number, quantity=left(line))
        for number, line in enumerate(lines, start=1)
        if left(line) > 0
    ]


def worth(whole: Money, quantity: Decimal, of: Decimal) -> Money:
    """What `quantity` of a line is worth that is worth `whole` for `of`; half a cent goes up."""
    share = (whole.amount * quantity / of).quantize(CENT, ROUND_HALF_UP)
    return Money(share, whole.currency)


def _told(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _wrong(place: int, code: str, zh: str, en: str) -> FieldError:
    return FieldError(f"/lines/{place}/line", code, {CHINESE: zh, ENGLISH: en})
