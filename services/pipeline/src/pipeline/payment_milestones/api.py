"""Payment milestones over HTTP: `/payment-milestones`, and `/receivables/ageing`."""

from datetime import date
from typing import Annotated, Any, Literal

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader, Reading
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response

from pipeline.payment_milestones import commands
from pipeline.payment_milestones.model import PaymentMilestone
from pipeline.payment_milestones.queries import Ageing, ageing
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.payment_milestones.views import milestone_view
from pipeline.requests import Cursor, Day, IdPath, IdQuery, Limit
from pipeline.views import decimal_view

router = APIRouter(tags=["payments"])
Status = Literal["planned", "due", "overdue", "settled", "cancelled"]


class TriggerIn(RequestModel):
    """The day on which the trigger was a fact; today, if none is told."""

    on: Day | None = None


def _today(door: Commanding | Reading) -> date:
    return local_date(door.now, door.core.settings.timezone)


@router.get("/payment-milestones")
async def list_payment_milestones(
    reader: Reader,
    customer_id: IdQuery = None,
    contract_id: IdQuery = None,
    order_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    due_before: Annotated[date | None, Query()] = None,
    sort: Annotated[Literal["newest", "due_on"], Query()] = "newest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("payment-milestones:read")
    asked = {
        "customer_id": customer_id,
        "contract_id": contract_id,
        "order_id": order_id,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "status": status,
    }
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if due_before is not None:
        wanted["due_on"] = {"$lt": due_before.isoformat()}
    found = await page(
        reader.db[PAYMENT_MILESTONES.collection],
        {"$and": [scope.filter(), wanted]},
        sort="_id" if sort == "newest" else "due_on",
        is_descending=sort == "newest",
        limit=limit,
        cursor=cursor,
        decode=PAYMENT_MILESTONES.aggregate,
    )
    today = _today(reader)
    return reader.page([milestone_view(one, today=today) for one in found.items], found.next_cursor)


@router.get("/payment-milestones/{milestone_id}")
async def read_payment_milestone(milestone_id: IdPath, reader: Reader) -> Response:
    milestone = await reader.load(PAYMENT_MILESTONES, milestone_id, "payment-milestones:read")
    return reader.show(milestone_view(milestone, today=_today(reader)), version=milestone.version)


@router.post("/payment-milestones/{milestone_id}/trigger")
async def trigger_payment_milestone(milestone_id: IdPath, body: TriggerIn, door: Door) -> Response:
    """Tell that its trigger is a fact, where no other record tells it."""

    def shown(milestone: PaymentMilestone) -> dict[str, Any]:
        return milestone_view(milestone, today=_today(door))

    return await door.run(
        lambda work: commands.trigger_milestone(work, milestone_id, body.on), shown=shown
    )


@router.get("/receivables/ageing")
async def receivables_by_age(
    reader: Reader,
    group_by: Annotated[Literal["customer", "owner", "team", "region"], Query()] = "customer",
    customer_id: IdQuery = None,
    owner_id: IdQuery = None,
) -> Response:
    """What is open by age 账龄, of what the caller may see."""
    scope = await reader.scope("payment-milestones:read")
    asked = {"customer_id": customer_id, "owner_id": owner_id}
    wanted = {name: value for name, value in asked.items() if value is not None}
    by = group_by if group_by == "region" else f"{group_by}_id"
    today = _today(reader)
    rows = await ageing(reader.db, scope.filter(), by, today, wanted)
    return reader.show({"as_of": today, "rows": [_row(one) for one in rows]})


def _row(row: Ageing) -> dict[str, Any]:
    return {
        "key": row.key,
        "currency": row.currency,
        "total": decimal_view(row.total),
        "overdue": decimal_view(row.overdue),
        "ages": {name: decimal_view(amount) for name, amount in row.ages.items()},
    }
