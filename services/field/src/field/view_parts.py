"""Field's parts of the gateway's views: its own endpoints, read together."""

from chassis.clock import local_date
from chassis.door import Reader
from chassis.view_parts import gathered
from fastapi import APIRouter, Response

from field.teams.api import Id
from field.visit_plans.api import Policy, list_inbox, list_visit_plans
from field.visits.api import list_visits

router = APIRouter(include_in_schema=False)
LISTED = 20
INBOX = 50


@router.get("/views/customer-360/{customer_id}")
async def customer_360(customer_id: Id, reader: Reader) -> Response:
    """The visits to the customer, newest first."""
    return await gathered(
        reader, {"visits": list_visits(reader, customer_id=customer_id, limit=LISTED)}
    )


@router.get("/views/approvals-inbox")
async def approvals_inbox(reader: Reader, policy: Policy) -> Response:
    """Visit plans of one's own people that wait to be decided."""
    return await gathered(reader, {"visit_plans": list_inbox(reader, policy, limit=INBOX)})


@router.get("/views/rep-today")
async def rep_today(reader: Reader, policy: Policy) -> Response:
    """One's own plan and visits of today."""
    staff_id = reader.caller.staff_id
    today = local_date(reader.now, reader.core.settings.timezone)
    return await gathered(
        reader,
        {
            "visit_plans": list_visit_plans(
                reader, policy, on=today, staff_id=staff_id, limit=LISTED
            ),
            "visits": list_visits(reader, on=today, staff_id=staff_id, limit=LISTED),
        },
    )
