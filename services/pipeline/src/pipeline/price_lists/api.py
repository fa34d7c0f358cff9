"""Price lists over HTTP: `/price-lists`, and `/products/{id}/price`, which explains a price."""

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import Amount, RequestModel
from chassis.pages import page
from chassis.problems import NotFound, in_language
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.price_lists import commands
from pipeline.price_lists.model import AGREED, Candidate, Entry, PriceList, Terms
from pipeline.price_lists.queries import prices_for
from pipeline.price_lists.store import PRICE_LISTS
from pipeline.products.store import PRODUCTS
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit
from pipeline.views import money_view

router = APIRouter(tags=["price-lists"])
Tier = Annotated[str, Field(pattern=r"^[A-Z]{1,10}$")]


class EntryIn(RequestModel):
    product_id: Identifier
    price: Annotated[Amount, Field(ge=0)]


class PriceListIn(RequestModel):
    """For a tier, a region, both, or (without either) for all; changed as a whole."""

    name: str = Field(min_length=1, max_length=100)
    tier: Tier | None = None
    region: str | None = Field(None, min_length=1, max_length=100)
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    is_taxed: bool = False
    valid_from: Day
    valid_until: Day | None = None
    entries: list[EntryIn] = Field(max_length=2000)

    @property
    def terms(self) -> Terms:
        return Terms(**self.model_dump(exclude={"entries"}))

    @property
    def prices(self) -> list[Entry]:
        return [Entry(product_id=one.product_id, price=one.price) for one in self.entries]


class EndIn(RequestModel):
    valid_until: Day


def price_list_view(listed: PriceList) -> dict[str, Any]:
    return {
        "id": listed.id,
        "version": listed.version,
        **asdict(listed.terms),
        "valid_until": listed.valid_until,
        "status": listed.status,
        "entries": [
            {"product_id": one.product_id, "price": str(_two_places(one.price))}
            for one in listed.entries
        ],
    }


def _two_places(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


@router.post("/price-lists", status_code=201)
async def draw_up_price_list(body: PriceListIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.draw_up_price_list(work, body.terms, body.prices),
        shown=price_list_view,
        created="/price-lists",
    )


@router.get("/price-lists")
async def list_price_lists(
    reader: Reader,
    tier: Annotated[str | None, Query(max_length=10)] = None,
    region: Annotated[str | None, Query(max_length=100)] = None,
    status: Annotated[Literal["draft", "published"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Without their prices, which each one shows by itself."""
    await reader.scope("price-lists:read")
    asked = {"terms.tier": tier, "terms.region": region, "status": status}
    found = await page(
        reader.db[PRICE_LISTS.collection],
        {name: value for name, value in asked.items() if value is not None},
        limit=limit,
        cursor=cursor,
        decode=PRICE_LISTS.aggregate,
        projection={"entries": 0},
    )
    views = [price_list_view(one) for one in found.items]
    for view in views:
        del view["entries"]
    return reader.page(views, found.next_cursor)


@router.get("/price-lists/{list_id}")
async def read_price_list(list_id: IdPath, reader: Reader) -> Response:
    listed = await reader.load(PRICE_LISTS, list_id, "price-lists:read")
    return reader.show(price_list_view(listed), version=listed.version)


@router.patch("/price-lists/{list_id}")
async def change_price_list(list_id: IdPath, body: PriceListIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_price_list(work, list_id, body.terms, body.prices),
        shown=price_list_view,
    )


@router.post("/price-lists/{list_id}/publish")
async def publish_price_list(list_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.publish_price_list(work, list_id), shown=price_list_view
    )


@router.post("/price-lists/{list_id}/end")
async def end_price_list(list_id: IdPath, body: EndIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_price_list(work, list_id, body.valid_until),
        shown=price_list_view,
    )


@router.get("/products/{product_id}/price")
async def explain_price(
    product_id: IdPath,
    reader: Reader,
    customer_id: IdQuery = None,
    on: Annotated[Day | None, Query()] = None,
) -> Response:
    """The price that applies, and those that would without it, each with its reason.

    An agreed price is told only to those who may read the customer's agreed prices.
    """
    await reader.scope("products:read")
    product = await reader.find(PRODUCTS, product_id)
    if product is None:
        raise NotFound("product", product_id)
    company = reader.core.commits.company
    day = on or company.day(reader.now)
    found = await reader.core.commits.run(
        lambda work: prices_for(work, product, customer_id, day), caller=reader.caller
    )
    if not await _sees_agreed(reader, customer_id):
        found = [one for one in found if one.source != AGREED]
    views = [_candidate_view(one, reader.caller.language) for one in found]
    applies = views[0] if views else None
    return reader.show(
        {
            "product_id": product.id,
            "customer_id": customer_id,
            "on": day,
            "applies": applies,
            "considered": views,
        }
    )


async def _sees_agreed(reader: Reader, customer_id: str | None) -> bool:
    if customer_id is None or not await reader.may("agreed-prices:read"):
        return False
    scope = await reader.scope("agreed-prices:read")
    customer = await reader.document("customer_copy", customer_id)
    owner = await reader.document("staff_copy", (customer or {}).get("owner_id"))
    team = {"team_id": owner.get("team_id")} if owner else {}
    return customer is not None and scope.allows({**customer, **team})


def _candidate_view(one: Candidate, language: str) -> dict[str, Any]:
    return {
        "source": one.source,
        "price": money_view(one.price),
        "is_taxed": one.is_taxed,
        "paper_id": one.paper_id,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "why": in_language(one.why, language),
    }
