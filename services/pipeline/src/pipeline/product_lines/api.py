"""Product lines over HTTP: `/product-lines`."""

from typing import Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Response
from pydantic import Field

from pipeline.product_lines import commands
from pipeline.product_lines.model import ProductLine
from pipeline.product_lines.store import PRODUCT_LINES
from pipeline.requests import Cursor, IdPath, Limit

router = APIRouter(tags=["product-lines"])


class LineIn(RequestModel):
    name: str = Field(min_length=1, max_length=100)
    is_core: bool = False


class ChangesIn(RequestModel):
    """What is left out stays as it is."""

    is_core: bool | None = None
    is_active: bool | None = None


def product_line_view(line: ProductLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "version": line.version,
        "name": line.name,
        "is_core": line.is_core,
        "is_active": line.is_active,
    }


@router.post("/product-lines", status_code=201)
async def record_product_line(body: LineIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.record_product_line(work, body.name, is_core=body.is_core),
        shown=product_line_view,
        created="/product-lines",
    )


@router.get("/product-lines")
async def list_product_lines(
    reader: Reader, is_core: bool | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await reader.scope("product-lines:read")
    found = await page(
        reader.db[PRODUCT_LINES.collection],
        {} if is_core is None else {"is_core": is_core},
        sort="name",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=PRODUCT_LINES.aggregate,
    )
    return reader.page([product_line_view(one) for one in found.items], found.next_cursor)


@router.get("/product-lines/{line_id}")
async def read_product_line(line_id: IdPath, reader: Reader) -> Response:
    line = await reader.load(PRODUCT_LINES, line_id, "product-lines:read")
    return reader.show(product_line_view(line), version=line.version)


@router.patch("/product-lines/{line_id}")
async def change_product_line(line_id: IdPath, body: ChangesIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_product_line(
            work, line_id, is_core=body.is_core, is_active=body.is_active
        ),
        shown=product_line_view,
    )
