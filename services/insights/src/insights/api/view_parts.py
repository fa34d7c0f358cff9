"""Insights' parts of the gateway's views: its own endpoints, read together."""

from typing import Annotated

from chassis.door import Reader
from chassis.view_parts import gathered
from fastapi import APIRouter, Path, Response

from insights.api.alerts import alerts
from insights.api.kpis import pipeline
from insights.api.tiers import tier

router = APIRouter(include_in_schema=False)
LISTED = 20


@router.get("/views/customer-360/{customer_id}")
async def customer_360(
    customer_id: Annotated[str, Path(max_length=64)], reader: Reader
) -> Response:
    """The customer's tier, and what there is to worry about."""
    return await gathered(
        reader,
        {
            "tier": tier(customer_id, reader),
            "alerts": alerts(reader, customer_id=customer_id, limit=LISTED),
        },
    )


@router.get("/views/rep-today")
async def rep_today(reader: Reader) -> Response:
    """One's own open alerts, and how the own deals stand."""
    return await gathered(
        reader,
        {
            "alerts": alerts(reader, owner_id=reader.caller.staff_id, status="open", limit=LISTED),
            "kpis": pipeline(reader),
        },
    )
