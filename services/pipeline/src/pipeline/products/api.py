"""Products over HTTP: `/products`."""

from datetime import date
from typing import Annotated, Any

from chassis.door import Door, Reader, Reading
from chassis.http import BatchIn, RequestModel
from chassis.pages import page
from chassis.problems import Forbidden
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.products import commands
from pipeline.products.model import Product
from pipeline.products.store import PRODUCT_COSTS, PRODUCT_FLOORS, PRODUCTS
from pipeline.requests import Cursor, Day, IdPath, Limit, PositiveMoney
from pipeline.views import money_view

router = APIRouter(tags=["products"])
Name = Annotated[str, Field(min_length=1, max_length=200)]
Line = Annotated[str, Field(max_length=100)]
Unit = Annotated[str, Field(min_length=1, max_length=20)]
TaxCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class ProductIn(RequestModel):
    name: Name
    code: str = Field(min_length=1, max_length=64)
    line: Line | None = None
    list_price: PositiveMoney | None = None
    is_list_price_taxed: bool = False
    is_core: bool = False
    is_standard: bool = True
    unit: Unit = "件"
    tax_code: TaxCode = "goods"
    external_id: str | None = Field(None, max_length=64)


class ChangesIn(RequestModel):
    name: Name | None = None
    line: Line | None = None
    is_core: bool | None = None
    is_standard: bool | None = None
    unit: Unit | None = None
    tax_code: TaxCode | None = None

    @model_validator(mode="after")
    def _empties_only_its_line(self) -> "ChangesIn":
        for name in self.model_fields_set - {"line"}:
            if getattr(self, name) is None:
                raise ValueError(f"a product keeps a value of {name}")
        return self


class PriceIn(RequestModel):
    """From `valid_from` on, today by default; `is_taxed`: it holds the tax."""

    list_price: PositiveMoney
    is_taxed: bool = False
    valid_from: Day | None = None


class FloorIn(RequestModel):
    floor_price: PositiveMoney | None


class CostIn(RequestModel):
    standard_cost: PositiveMoney | None


def product_view(product: Product, today: date) -> dict[str, Any]:
    current = product.price_on(today)
    return {
        "id": product.id,
        "version": product.version,
        "name": product.name,
        "code": product.code,
        "line": product.line,
        "list_price": money_view(current.price if current else None),
        "is_list_price_taxed": bool(current and current.is_taxed),
        "prices": [
            {
                "price": money_view(one.price),
                "is_taxed": one.is_taxed,
                "valid_from": one.valid_from,
            }
            for one in product.prices
        ],
        "is_core": product.is_core,
        "is_standard": product.is_standard,
        "unit": product.unit,
        "tax_code": product.tax_code,
        "is_withdrawn": product.is_withdrawn,
        "external_id": product.external_id,
    }


async def _shown(product: Product, work: Work) -> dict[str, Any]:
    """With floor and cost where the caller may see them."""
    view = product_view(product, work.today)
    for action, stored, name in BY_RIGHT:
        try:
            await work.scope(action)
        except Forbidden:
            continue
        held = await work.find(stored, product.id)
        view[name] = money_view(getattr(held, name, None))
    return view


BY_RIGHT: list[tuple[str, Any, str]] = [
    ("products:read-floor", PRODUCT_FLOORS, "floor_price"),
    ("products:read-cost", PRODUCT_COSTS, "standard_cost"),
]


async def _views(reader: Reading, products: list[Product]) -> list[dict[str, Any]]:
    today = reader.core.commits.company.day(reader.now)
    views = [product_view(product, today) for product in products]
    for action, stored, name in BY_RIGHT:
        if not await reader.may(action):
            continue
        found = reader.db[stored.collection].find({"_id": {"$in": [one["id"] for one in views]}})
        held = {one["_id"]: stored.aggregate(one) async for one in found}
        for view in views:
            view[name] = money_view(getattr(held.get(view["id"]), name, None))
    return views


async def _list(work: Work, body: ProductIn) -> Product:
    values = body.model_dump(exclude={"list_price"})
    values["list_price"] = body.list_price.value if body.list_price else None
    return await commands.list_new_product(work, values)


@router.post("/products", status_code=201)
async def list_new_product(body: ProductIn, door: Door) -> Response:
    return await door.run(lambda work: _list(work, body), shown=_shown, created="/products")


@router.post("/products/batch")
async def list_new_products(body: BatchIn, door: Door) -> Response:
    return await door.batch(body.items, ProductIn, _list, shown=_shown, created="/products")


@router.get("/products")
async def list_products(
    reader: Reader,
    line: Annotated[str | None, Query(max_length=100)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
    is_withdrawn: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    await reader.scope("products:read")
    asked = {"line": line, "code": code, "is_withdrawn": is_withdrawn}
    found = await page(
        reader.db[PRODUCTS.collection],
        {name: value for name, value in asked.items() if value is not None},
        sort="name",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=PRODUCTS.aggregate,
    )
    return reader.page(await _views(reader, found.items), found.next_cursor)


@router.get("/products/{product_id}")
async def read_product(product_id: IdPath, reader: Reader) -> Response:
    product = await reader.load(PRODUCTS, product_id, "products:read")
    return reader.show((await _views(reader, [product]))[0], version=product.version)


@router.patch("/products/{product_id}")
async def update_product(product_id: IdPath, body: ChangesIn, door: Door) -> Response:
    changes = body.model_dump(exclude_unset=True)
    return await door.run(
        lambda work: commands.update_product(work, product_id, changes), shown=_shown
    )


@router.post("/products/{product_id}/change-price")
async def change_product_price(product_id: IdPath, body: PriceIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_product_price(
            work,
            product_id,
            body.list_price.value,
            is_taxed=body.is_taxed,
            valid_from=body.valid_from,
        ),
        shown=_shown,
    )


@router.post("/products/{product_id}/withdraw")
async def withdraw_product(product_id: IdPath, door: Door) -> Response:
    return await door.run(lambda work: commands.withdraw_product(work, product_id), shown=_shown)


@router.post("/products/{product_id}/set-floor")
async def set_floor_price(product_id: IdPath, body: FloorIn, door: Door) -> Response:
    floor_price = body.floor_price.value if body.floor_price else None
    return await door.run(
        lambda work: commands.set_floor_price(work, product_id, floor_price), shown=_shown
    )


@router.post("/products/{product_id}/set-cost")
async def set_standard_cost(product_id: IdPath, body: CostIn, door: Door) -> Response:
    standard_cost = body.standard_cost.value if body.standard_cost else None
    return await door.run(
        lambda work: commands.set_standard_cost(work, product_id, standard_cost), shown=_shown
    )
