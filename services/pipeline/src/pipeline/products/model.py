"""A product: listed, its price changed, withdrawn. Found by its code, which is unique."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

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
class ProductListed(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class ProductPriceChanged(Fact):
    list_price: Money
    previous_list_price: Money | None


@dataclass(frozen=True, kw_only=True)
class ProductWithdrawn(Fact):
    pass


class ProductIsWithdrawn(Refused):
    slug = "product-withdrawn"
    titles: ClassVar[Text] = {CHINESE: "产品已停售", ENGLISH: "The product is withdrawn"}


@dataclass(kw_only=True)
class Product(Aggregate):
    """`line` is the product line 产品线; `list_price` is without tax."""

    TYPE: ClassVar[str] = "product"

    name: str
    code: str
    line: str | None = None
    list_price: Money | None = None
    is_core: bool = False
    unit: str = "件"
    tax_code: str = "goods"
    is_list_price_taxed: bool = False
    is_withdrawn: bool = False
    external_id: str | None = None

    def change_price(self, price: Money) -> None:
        if self.is_withdrawn:
            raise ProductIsWithdrawn
        if price != self.list_price:
            previous, self.list_price = self.list_price, price
            self.record(ProductPriceChanged(list_price=price, previous_list_price=previous))

    def withdraw(self) -> None:
        """Take it off the list; deals and orders that name it keep it."""
        if not self.is_withdrawn:
            self.is_withdrawn = True
            self.record(ProductWithdrawn())


def product_id(code: str) -> str:
    """Two products never share a code, since the code decides the id."""
    return stable_id("product", code.strip().casefold())


def list_product(
    *,
    name: str,
    code: str,
    line: str | None = None,
    list_price: Money | None = None,
    is_core: bool = False,
    external_id: str | None = None,
    origin: str | None = None,
) -> Product:
    identifier = product_id(code)
    product = Product(
        id=identifier,
        key=identifier,
        name=name,
        code=code,
        line=line,
        list_price=list_price,
        is_core=is_core,
        external_id=external_id,
        origin=origin,
    )
    product.record(ProductListed())
    return product
