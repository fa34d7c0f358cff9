"""`/tiers`: every customer's tier 层级, effective and computed, with inputs and reason."""

from typing import Annotated, Literal

import msgspec
from chassis.door import Reader
from chassis.mongo import Document
from fastapi import APIRouter, Query, Response

from insights.model.policies import tier_policy
from insights.queries import tiers as queries
from insights.stream import generations

router = APIRouter(tags=["tiers"])
Limit = Annotated[int, Query(ge=1, le=200)]
Letter = Literal["A", "B", "C", "D"]


@router.get("/tiers")
async def tiers(
    reader: Reader,
    effective: Letter | None = None,
    computed: Letter | None = None,
    owner_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Tiers of the customers in sight."""
    scope = await reader.scope("tiers:read")
    wanted = {"effective": effective, "computed": computed, "owner_id": owner_id}
    matching: Document = {name: value for name, value in wanted.items() if value is not None}
    found = await queries.tiers(reader, scope, matching, limit, cursor)
    generation = await generations.active_for(reader)
    language = reader.caller.language
    return reader.page(
        await queries.shown(reader, generation, found.items, language), found.next_cursor
    )


@router.get("/tiers/policy")
async def policy(reader: Reader) -> Response:
    """The policy in force."""
    await reader.scope("tiers:read")
    return reader.show(msgspec.to_builtins(tier_policy()))


@router.get("/tiers/{customer_id}")
async def tier(customer_id: str, reader: Reader) -> Response:
    """One customer's tier."""
    scope = await reader.scope("tiers:read")
    document = await queries.tier(reader, scope, customer_id)
    generation = await generations.active_for(reader)
    language = reader.caller.language
    (shown,) = await queries.shown(reader, generation, [document], language)
    return reader.show(shown, version=document["version"])


@router.get("/tiers/{customer_id}/history")
async def history(customer_id: str, reader: Reader) -> Response:
    """Every change and confirmation, oldest first."""
    scope = await reader.scope("tiers:read")
    await queries.tier(reader, scope, customer_id)
    return reader.show({"items": await queries.history(reader, customer_id)})
