"""What can be done with products."""

from typing import Any

from chassis.problems import CHINESE, ENGLISH, Duplicate
from chassis.work import Work
from contracts.values import Money

from pipeline.products.model import Product, list_product, product_id
from pipeline.products.store import PRODUCTS


async def list_new_product(work: Work, values: dict[str, Any]) -> Product:
    """Raises Duplicate if the code is taken."""
    await work.scope("products:write")
    code = values["code"]
    if await work.find(PRODUCTS, product_id(code)) is not None:
        raise Duplicate({CHINESE: f"编码 {code} 已存在", ENGLISH: f"code {code} is taken"})
    return work.add(PRODUCTS, list_product(**values))


async def change_product_price(work: Work, identifier: str, price: Money) -> Product:
    await work.scope("products:write")
    product = await work.load(PRODUCTS, identifier)
    product.change_price(price)
    return product


async def withdraw_product(work: Work, identifier: str) -> Product:
    await work.scope("products:write")
    product = await work.load(PRODUCTS, identifier)
    product.withdraw()
    return product
