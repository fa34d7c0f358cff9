"""A product: listed, changed, its price set for a day, withdrawn. Found by its code.

What it costs us and what it may not be sold below are records of their own beside it, since they
are read by right only, and so are their events.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money


@dataclass(frozen=True, kw_only=True)
class Line:
    """So many of one product for so much; a line of a deal or an order."""

    product_id: str
    quantity: Decimal
    amount: Money
    unit_price: Money | None = None


@dataclass(frozen=True, kw_only=True)
class DatedPrice:
    """A list price from a day on (None: from ever), until the next one begins."""

    price: Money
    is_taxed: bool = False
    valid_from: date | None = None


@dataclass(frozen=True, kw_only=True)
class ProductListed(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class ProductUpdated(Fact):
    changed: list[str]
    previous: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProductPriceChanged(Fact):
    list_price: Money
    previous_list_price: Money | None
    is_taxed: bool = False
    valid_from: date | None = None


@dataclass(frozen=True, kw_only=True)
class ProductWithdrawn(Fact):
    pass


class ProductIsWithdrawn(Refused):
    slug = "product-withdrawn"
    titles: ClassVar[Text] = {CHINESE: "产品已停售", ENGLISH: "The product is withdrawn"}


@dataclass(kw_only=True)
class Product(Aggregate):
    """`line` is the product line 产品线; `tax_code` the category of tax; `list_price` today's.

    Of one that is not standard 非标 the cost is inquired for each quote.
    """

    TYPE: ClassVar[str] = "product"

    name: str
    code: str
    line: str | None = None
    list_price: Money | None = None
    is_core: bool = False
    unit: str = "件"
    tax_code: str = "goods"
    is_standard: bool = True
    is_list_price_taxed: bool = False
    prices: list[DatedPrice] = field(default_factory=list)
    is_withdrawn: bool = False
    external_id: str | None = None

    def price_on(self, day: date) -> DatedPrice | None:
        """The list price of a day: the one that began last."""
        begun = [one for one in self.prices if one.valid_from is None or one.valid_from <= day]
        if begun:
            return max(reversed(begun), key=lambda one: one.valid_from or date.min)
        if self.list_price is None:
            return None
        return DatedPrice(price=self.list_price, is_taxed=self.is_list_price_taxed)

    def change_price(
        self, price: Money, *, today: date, is_taxed: bool = False, valid_from: date | None = None
    ) -> None:
        """Another list price, from today unless from another day. What was issued keeps its own."""
        self._require_sold()
        start = valid_from or today
        before = self.price_on(start)
        if before is not None and (before.price, before.is_taxed) == (price, is_taxed):
            return
        if before is not None and not self.prices:
            self.prices.append(before)
        self.prices.append(DatedPrice(price=price, is_taxed=is_taxed, valid_from=start))
        if (current := self.price_on(today)) is not None:
            self.list_price, self.is_list_price_taxed = current.price, current.is_taxed
        self.record(
            ProductPriceChanged(
                list_price=price,
                previous_list_price=before.price if before else None,
                is_taxed=is_taxed,
                valid_from=start,
            )
        )

    def update(self, changes: dict[str, Any]) -> None:
        self._require_sold()
        before = {name: getattr(self, name) for name in changes}
        changed = sorted(name for name, value in changes.items() if value != before[name])
        for name in changed:
            setattr(self, name, changes[name])
        if changed:
            previous = {name: before[name] for name in changed}
            self.record(ProductUpdated(changed=changed, previous=previous))

    def withdraw(self) -> None:
        """Take it off the list; deals and orders that name it keep it."""
        if not self.is_withdrawn:
            self.is_withdrawn = True
            self.record(ProductWithdrawn())

    def _require_sold(self) -> None:
        if self.is_withdrawn:
            raise ProductIsWithdrawn


def product_id(code: str) -> str:
    """Two products never share a code, since the code decides the id."""
    return stable_id("product", code.strip().casefold())


def list_product(*, name: str, code: str, origin: str | None = None, **more: Any) -> Product:
    identifier = product_id(code)
    product = Product(id=identifier, key=identifier, name=name, code=code, origin=origin, **more)
    product.record(ProductListed())
    return product


# What it costs us, and what it may not be sold below


@dataclass(frozen=True, kw_only=True)
class FloorPriceSet(Fact):
    previous_floor_price: Money | None


@dataclass(frozen=True, kw_only=True)
class StandardCostSet(Fact):
    previous_standard_cost: Money | None


@dataclass(kw_only=True)
class ProductFloor(Aggregate):
    """The floor price 底价 of a product, without tax; its id is the product's."""

    TYPE: ClassVar[str] = "product_floor"

    floor_price: Money | None = None

    def change(self, floor_price: Money | None) -> None:
        if floor_price != self.floor_price:
            previous, self.floor_price = self.floor_price, floor_price
            self.record(FloorPriceSet(previous_floor_price=previous))


@dataclass(kw_only=True)
class ProductCost(Aggregate):
    """The standard cost 标准成本 of a product, without tax; its id is the product's."""

    TYPE: ClassVar[str] = "product_cost"

    standard_cost: Money | None = None

    def change(self, standard_cost: Money | None) -> None:
        if standard_cost != self.standard_cost:
            previous, self.standard_cost = self.standard_cost, standard_cost
            self.record(StandardCostSet(previous_standard_cost=previous))
