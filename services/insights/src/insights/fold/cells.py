"""Cells: sums of deals, kept so that a figure costs cells to read and never deals.

A cell is one (scope, bucket): scope `all`, or `owner:<current owner>` for readers who may not see
all; bucket `all`, a month `m2017-03` or a day `d2017-03-05`. Inside, for each way of grouping, one
sum per key. Sums are exact whole numbers, added and taken away again; what came to nothing
disappears, so that the same deals always give the same cells.

A sum is a flat table of counters: `total`, `open`, `won`, `lost`; `won_cents:<currency>`,
`days:<days to close>` (of closed deals with both dates), `stage:<code>` (of open ones).
"""

from collections.abc import Iterator
from typing import Any

from insights.fold.deals import OPEN, WON, Contribution
from insights.fold.money import LARGEST_INT64, stored

Sum = dict[str, Any]
Dims = dict[str, dict[str, Sum]]
Keys = tuple[tuple[str, str], ...]

DIMENSIONS = ("owner", "team", "region", "product", "customer", "month")
ALL = "all"
NOBODY = "-"
CENTS, DAYS, STAGE = "won_cents:", "days:", "stage:"


def sum_of(deal: Contribution) -> Sum:
    """What one deal adds."""
    found: Sum = {"total": 1, deal.status: 1}
    if deal.status == OPEN:
        found[STAGE + escaped(deal.stage)] = 1
    elif deal.status == WON and deal.cents:
        found[CENTS + escaped(deal.currency)] = stored(deal.cents)
    if deal.days_to_close is not None:
        found[f"{DAYS}{deal.days_to_close}"] = 1
    return found


def negative(found: Sum) -> Sum:
    return {name: -count for name, count in found.items()}


def merge(into: Sum, other: Sum) -> None:
    """Add the counters of `other`; those that come to nothing go."""
    for name, count in other.items():
        changed = into.get(name, 0) + count
        if not changed:
            del into[name]
        elif type(changed) is int and -LARGEST_INT64 <= changed <= LARGEST_INT64:
            into[name] = changed
        else:
            into[name] = stored(int(changed))


class Cell:
    """One cell in memory; `changed` names what has to be written of a stored one."""

    __slots__ = ("changed", "dims", "is_stored")

    def __init__(self, dims: Dims | None = None) -> None:
        self.is_stored = dims is not None
        self.dims: Dims = {} if dims is None else dims
        self.changed: set[tuple[str, str]] = set()

    def add(self, keys: Keys, change: Sum) -> None:
        """`keys`: for each way of grouping, the row that changes."""
        dims = self.dims
        for place in keys:
            name, key = place
            sums = dims.get(name)
            if sums is None:
                dims[name] = {key: change.copy()}
            else:
                found = sums.get(key)
                if found is None:
                    sums[key] = change.copy()
                else:
                    merge(found, change)
                    if not found:
                        del sums[key]
                        if not sums:
                            del dims[name]
        if self.is_stored:
            self.changed.update(keys)

    @property
    def is_empty(self) -> bool:
        return not self.dims

    def update(self) -> dict[str, Any]:
        """What has changed since it was last written, as an update of the stored document."""
        put: dict[str, Any] = {}
        gone: dict[str, Any] = {}
        for name, key in self.changed:
            sums = self.dims.get(name)
            if sums is None:
                gone[f"dims.{name}"] = ""
            elif key in sums:
                put[f"dims.{name}.{key}"] = sums[key]
            else:
                gone[f"dims.{name}.{key}"] = ""
        update: dict[str, Any] = {}
        if put:
            update["$set"] = put
        if gone:
            update["$unset"] = gone
        return update


def places(deal: Contribution) -> Iterator[tuple[str, str]]:
    """The (scope, bucket) pairs of the cells that a deal belongs to."""
    buckets = [ALL]
    if deal.day is not None:
        buckets += ["m" + deal.day[:7], "d" + deal.day]
    for scope in (ALL, owner_scope(deal.current_owner)):
        for bucket in buckets:
            yield scope, bucket


def keys_of(deal: Contribution) -> Keys:
    """In each way of grouping, the one row that a deal is in."""
    return (
        ("owner", escaped(deal.owner)),
        ("team", escaped(deal.team)),
        ("region", escaped(deal.region)),
        ("product", escaped(deal.product)),
        ("customer", escaped(deal.customer)),
        ("month", NOBODY if deal.day is None else deal.day[:7]),
    )


def owner_scope(owner: str | None) -> str:
    return f"owner:{owner or NOBODY}"


def escaped(key: str | None) -> str:
    """As a field name of a document: no dots, no dollars; `-` stands for none."""
    if not key:
        return NOBODY
    if key.isalnum():
        return key
    if key == NOBODY:
        return "%2D"
    for bad, good in _ESCAPES:
        if bad in key:
            key = key.replace(bad, good)
    return key


def unescaped(key: str) -> str | None:
    if key == NOBODY:
        return None
    if key == "%2D":
        return NOBODY
    for bad, good in reversed(_ESCAPES):
        if good in key:
            key = key.replace(good, bad)
    return key


_ESCAPES = (("%", "%25"), (".", "%2E"), ("$", "%24"), ("\0", "%00"))
