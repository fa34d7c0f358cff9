"""A product line 产品线, known by its name; products, targets and figures are grouped by it."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id


@dataclass(frozen=True, kw_only=True)
class ProductLineRecorded(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class ProductLineChanged(Fact):
    previous_is_core: bool
    previous_is_active: bool


@dataclass(kw_only=True)
class ProductLine(Aggregate):
    """`is_core`: one of those the company lives by."""

    TYPE: ClassVar[str] = "product_line"

    name: str
    is_core: bool = False
    is_active: bool = True

    def change(self, is_core: bool, is_active: bool) -> None:
        if (is_core, is_active) == (self.is_core, self.is_active):
            return
        previous = ProductLineChanged(
            previous_is_core=self.is_core, previous_is_active=self.is_active
        )
        self.is_core, self.is_active = is_core, is_active
        self.record(previous)


def product_line_id(name: str) -> str:
    """Two lines never share a name, since the name decides the id."""
    return stable_id("product_line", name.strip().casefold())


def record_line(name: str, *, is_core: bool) -> ProductLine:
    identifier = product_line_id(name)
    line = ProductLine(id=identifier, key=identifier, name=name, is_core=is_core)
    line.record(ProductLineRecorded())
    return line
