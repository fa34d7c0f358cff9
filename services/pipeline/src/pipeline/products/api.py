"""Products over HTTP: `/products`."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.products import commands
from pipeline.products.model import Product
from pipeline.products.store import PRODUCTS
from pipeline.requests import Cursor, IdPath, Limit, PositiveMoney
from pipeline.views import money_view

router = APIRouter(tags=["products"])


class ProductIn(RequestModel):
    name: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=1, max_length=64)
    line: str | None = Field(None, max_length=100)
    list_price: PositiveMoney | None = None
    is_core: bool = False
    external_id: str | None = Field(None, max_length=64)


class PriceIn(RequestModel):
    list_price: PositiveMoney


def product_view(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "version": product.version,
        "name": product.name,
        "code": product.code,
        "line": product.line,
        "list_price": money_view(product.list_price),
        "is_core": product.is_core,
        "is_withdrawn": product.is_withdrawn,
        "external_id": product.external_id,
    }


async def _list(work: Work, body: ProductIn) -> Product:
    values = body.model_dump(exclude={"list_price"})
    values["list_price"] = body.list_price.value if body.list_price else None
    return await commands.list_new_product(work, values)


@router.post("/products", status_code=201)
async def list_new_product(body: ProductIn, door: Door) -> Response:
    return await door.run(lambda work: _list(work, body), shown=product_view, created="/products")


@router.post("/products/batch")
async def list_new_products(body: BatchIn, door: Door) -> Response:
    return await door.batch(body.items, ProductIn, _list, shown=product_view, created="/products")


@router.get("/products")
async def list_products(
    reader: Reader,
    line: Annotated[str | None, Query(max_length=100)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    await reader.scope("products:read")
    asked = {"line": line, "code": code}
    found = await page(
        reader.db[PRODUCTS.collection],
        {name: value for name, value in asked.items() if value is not None},
        sort="name",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=PRODUCTS.aggregate,
    )
    return reader.page([product_view(product) for product in found.items], found.next_cursor)


@router.get("/products/{product_id}")
async def read_product(product_id: IdPath, reader: Reader) -> Response:
    product = await reader.load(PRODUCTS, product_id, "products:read")
    return reader.show(product_view(product), version=product.version)


@router.post("/products/{product_id}/change-price")
async def change_product_price(product_id: IdPath, body: PriceIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_product_price(work, product_id, body.list_price.value),
        shown=product_view,
    )


@router.post("/products/{product_id}/withdraw")
async def withdraw_product(product_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_product(work, product_id), shown=product_view
    )
