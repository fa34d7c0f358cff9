"""Pipeline's parts of the gateway's views: its own endpoints, read together."""

from datetime import timedelta

from chassis.clock import local_date
from chassis.door import Reader
from chassis.view_parts import gathered
from fastapi import APIRouter, Response

from pipeline.approvals.api import list_inbox
from pipeline.follow_ups.api import list_follow_ups
from pipeline.moments import beginning_of
from pipeline.opportunities.api import list_opportunities
from pipeline.orders.api import list_orders
from pipeline.payments.api import list_payments
from pipeline.requests import IdPath

router = APIRouter(include_in_schema=False)
LISTED = 10
INBOX = 50


@router.get("/views/customer-360/{customer_id}")
async def customer_360(customer_id: IdPath, reader: Reader) -> Response:
    """The customer's deals, what comes next with them, and their money."""
    return await gathered(
        reader,
        {
            "opportunities": list_opportunities(reader, customer_id=customer_id, limit=LISTED),
            "follow_ups": list_follow_ups(reader, customer_id=customer_id, limit=LISTED),
            "orders": list_orders(reader, customer_id=customer_id, limit=LISTED),
            "payments": list_payments(reader, customer_id=customer_id, limit=LISTED),
        },
    )


@router.get("/views/approvals-inbox")
async def approvals_inbox(reader: Reader) -> Response:
    """Papers that wait for one's decision, or for that of somebody one stands in for."""
    return await gathered(reader, {"papers": list_inbox(reader, limit=INBOX)})


@router.get("/views/rep-today")
async def rep_today(reader: Reader) -> Response:
    """One's own follow-ups that are due by the end of today."""
    timezone = reader.core.settings.timezone
    tomorrow = local_date(reader.now, timezone) + timedelta(days=1)
    return await gathered(
        reader,
        {
            "follow_ups": list_follow_ups(
                reader,
                owner_id=reader.caller.staff_id,
                status="planned",
                due_before=beginning_of(tomorrow, timezone),
                limit=LISTED,
            )
        },
    )
