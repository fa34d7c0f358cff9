"""Agreed prices over HTTP: `/agreed-prices`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.agreed_prices import commands
from pipeline.agreed_prices.model import AgreedPrice
from pipeline.agreed_prices.store import AGREED_PRICES
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, PositiveMoney
from pipeline.views import money_view

router = APIRouter(tags=["agreed-prices"])


class ProposalIn(RequestModel):
    """From `valid_from`, today by default, to `valid_until`, if it ends."""

    customer_id: Identifier
    product_id: Identifier
    price: PositiveMoney
    is_taxed: bool = False
    valid_from: Day | None = None
    valid_until: Day | None = None
    reason: str | None = Field(None, min_length=1, max_length=1000)

    @property
    def proposal(self) -> commands.Proposal:
        return commands.Proposal(**self.model_dump(exclude={"price"}), price=self.price.value)


class EndIn(RequestModel):
    valid_until: Day
    reason: str | None = Field(None, min_length=1, max_length=1000)


def agreed_price_view(agreed: AgreedPrice) -> dict[str, Any]:
    return {
        "id": agreed.id,
        "version": agreed.version,
        "customer_id": agreed.customer_id,
        "product_id": agreed.product_id,
        "price": money_view(agreed.price),
        "is_taxed": agreed.is_taxed,
        "valid_from": agreed.valid_from,
        "valid_until": agreed.valid_until,
        "reason": agreed.reason,
        "status": agreed.status,
        "proposed_by": agreed.proposed_by,
        "owner_id": agreed.owner_id,
    }


@router.post("/agreed-prices", status_code=201)
async def propose_agreed_price(body: ProposalIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.propose_agreed_price(work, body.proposal),
        shown=agreed_price_view,
        created="/agreed-prices",
    )


@router.get("/agreed-prices")
async def list_agreed_prices(
    reader: Reader,
    customer_id: IdQuery = None,
    product_id: IdQuery = None,
    status: Annotated[Literal["proposed", "agreed", "refused"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("agreed-prices:read")
    asked = {"customer_id": customer_id, "product_id": product_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[AGREED_PRICES.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=AGREED_PRICES.aggregate,
    )
    return reader.page([agreed_price_view(one) for one in found.items], found.next_cursor)


@router.get("/agreed-prices/{agreed_id}")
async def read_agreed_price(agreed_id: IdPath, reader: Reader) -> Response:
    agreed = await reader.load(AGREED_PRICES, agreed_id, "agreed-prices:read")
    return reader.show(agreed_price_view(agreed), version=agreed.version)


@router.post("/agreed-prices/{agreed_id}/end")
async def end_agreed_price(agreed_id: IdPath, body: EndIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.end_agreed_price(work, agreed_id, body.valid_until, body.reason),
        shown=agreed_price_view,
    )
