"""Payment milestones as they are shown over HTTP."""

from datetime import date
from typing import Any

from pipeline.payment_milestones.model import PaymentMilestone, bucket_of
from pipeline.views import money_view


def milestone_view(milestone: PaymentMilestone, *, today: date) -> dict[str, Any]:
    return {
        "id": milestone.id,
        "version": milestone.version,
        "customer_id": milestone.customer_id,
        "contract_id": milestone.contract_id,
        "order_id": milestone.order_id,
        "opportunity_id": milestone.opportunity_id,
        "owner_id": milestone.owner_id,
        "team_id": milestone.team_id,
        "region": milestone.region,
        "number": milestone.number,
        "name": milestone.name,
        "amount": money_view(milestone.amount),
        "open_amount": money_view(milestone.open_amount),
        "trigger": milestone.trigger,
        "days": milestone.days,
        "fixed_on": milestone.fixed_on,
        "status": milestone.status,
        "triggered_on": milestone.triggered_on,
        "due_on": milestone.due_on,
        "age": bucket_of(milestone.due_on, today) if milestone.open_amount.amount else None,
        "overdue_since": milestone.overdue_since,
        "settled_on": milestone.settled_on,
        "settlements": [
            {"source": one.source, "amount": money_view(one.amount), "on": one.on}
            for one in milestone.settlements
        ],
        "created_at": milestone.created_at,
        "updated_at": milestone.updated_at,
    }
