"""What can be done with products."""

from datetime import date
from typing import Any

from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.products.model import (
    Product,
    ProductCost,
    ProductFloor,
    list_product,
    product_id,
)
from pipeline.products.store import PRODUCT_COSTS, PRODUCT_FLOORS, PRODUCTS
from pipeline.taxes.queries import tax_rates


async def list_new_product(work: Work, values: dict[str, Any]) -> Product:
    """Raises Duplicate if the code is taken, ValidationFailed for an unknown tax category."""
    await work.scope("products:write")
    code = values["code"]
    if await work.find(PRODUCTS, product_id(code)) is not None:
        raise Duplicate({CHINESE: f"编码 {code} 已存在", ENGLISH: f"code {code} is taken"})
    await _require_tax_code(work, values)
    return work.add(PRODUCTS, list_product(**values))


async def update_product(work: Work, identifier: str, changes: dict[str, Any]) -> Product:
    await work.scope("products:write")
    await _require_tax_code(work, changes)
    product = await work.load(PRODUCTS, identifier)
    product.update(changes)
    return product


async def change_product_price(
    work: Work, identifier: str, price: Money, *, is_taxed: bool, valid_from: date | None
) -> Product:
    await work.scope("products:write")
    product = await work.load(PRODUCTS, identifier)
    product.change_price(price, today=work.today, is_taxed=is_taxed, valid_from=valid_from)
    return product


async def withdraw_product(work: Work, identifier: str) -> Product:
    await work.scope("products:write")
    product = await work.load(PRODUCTS, identifier)
    product.withdraw()
    return product


async def set_floor_price(work: Work, identifier: str, floor_price: Money | None) -> Product:
    """What it may not be sold below without approval."""
    await work.scope("products:write-cost")
    product = await work.load(PRODUCTS, identifier)
    floor = await work.find(PRODUCT_FLOORS, identifier)
    if floor is None:
        floor = work.add(PRODUCT_FLOORS, ProductFloor(id=identifier, key=identifier))
    floor.change(floor_price)
    return product


async def set_standard_cost(work: Work, identifier: str, standard_cost: Money | None) -> Product:
    await work.scope("products:write-cost")
    product = await work.load(PRODUCTS, identifier)
    cost = await work.find(PRODUCT_COSTS, identifier)
    if cost is None:
        cost = work.add(PRODUCT_COSTS, ProductCost(id=identifier, key=identifier))
    cost.change(standard_cost)
    return product


async def _require_tax_code(work: Work, values: dict[str, Any]) -> None:
    code = values.get("tax_code")
    if code is not None and code not in await tax_rates(work, work.today):
        raise ValidationFailed(copies.unknown("/tax_code", "税收分类", "category of tax"))
