"""Revenue of one customer in one month, by local day: cents delivered and orders placed."""

from typing import Any

from insights.fold.cells import escaped
from insights.fold.money import stored
from insights.fold.orders import Share

ORDERS = "orders"


class RevenueMonth:
    """`orders` and cents per currency, for the month and for each of its days."""

    __slots__ = ("customer", "days", "is_stored", "month", "total")

    def __init__(self, customer: str, month: str, document: dict[str, Any] | None = None) -> None:
        self.customer = customer
        self.month = month
        self.is_stored = document is not None
        self.total: dict[str, int] = {}
        self.days: dict[str, dict[str, int]] = {}
        if document is not None:
            self.total = _whole(document["total"])
            self.days = {day: _whole(found) for day, found in document["days"].items()}

    def add(self, share: Share, sign: int) -> None:
        day = share.day[8:10]
        sums = self.days.setdefault(day, {})
        for name, by in ((ORDERS, share.orders), (escaped(share.currency), share.cents)):
            if by:
                _add(self.total, name, sign * by)
                _add(sums, name, sign * by)
        if not sums:
            del self.days[day]

    @property
    def is_empty(self) -> bool:
        return not self.days

    def document(self) -> dict[str, Any]:
        return {
            "customer": self.customer,
            "month": self.month,
            "total": _stored(self.total),
            "days": {day: _stored(self.days[day]) for day in sorted(self.days)},
        }


def place(share: Share) -> tuple[str, str]:
    """The (customer, month) that a share belongs to."""
    return share.customer, share.day[:7]


def _add(sums: dict[str, int], name: str, by: int) -> None:
    changed = sums.get(name, 0) + by
    if changed:
        sums[name] = changed
    else:
        sums.pop(name, None)


def _stored(sums: dict[str, int]) -> dict[str, Any]:
    return {name: stored(value) for name, value in sorted(sums.items())}


def _whole(sums: dict[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in sums.items()}
