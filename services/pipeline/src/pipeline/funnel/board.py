"""The board 看板: one column per stage of a process, each with its sums and its first cards."""

import asyncio
from datetime import datetime
from typing import Any

from chassis.door import Reading
from chassis.mongo import Database
from chassis.problems import ValidationFailed

from pipeline import copies
from pipeline.funnel.model import Sums, lag_of, milestones_of
from pipeline.funnel.queries import Asked, Place, funnel_rows, told
from pipeline.opportunities import lists
from pipeline.opportunities.commands import process_of
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.views import days_in_stage
from pipeline.templates.model import Process, Stage
from pipeline.templates.store import newest
from pipeline.views import money_view


async def board(reader: Reading, asked: Asked, *, sort: str, limit: int) -> dict[str, Any]:
    """Every column at once."""
    process = await newest(reader.db, asked.template or "")
    if process is None:
        raise ValidationFailed(copies.unknown("/template", "流程模板", "process template"))
    rows = await funnel_rows(reader, asked, None)
    places = rows[0].places if rows else {}
    stages = [stage for stage in process.stages if stage.number <= process.last_open_stage]
    columns = await asyncio.gather(
        *(_column(reader, asked, stage, places, sort, limit) for stage in stages)
    )
    await _name_customers(reader.db, columns)
    return {
        "template": process.code,
        "stages": list(columns),
        **{
            status: told({place: sums for place, sums in places.items() if place[1] == status})
            for status in ("open", "parked", "won", "lost")
        },
    }


async def _column(
    reader: Reading,
    asked: Asked,
    stage: Stage,
    places: dict[Place, Sums],
    sort: str,
    limit: int,
) -> dict[str, Any]:
    here = {place: sums for place, sums in places.items() if place[1:3] == ("open", stage.number)}
    cards = lists.Asked(
        **vars(asked), same={"status": "open", "stage": stage.number, "is_parked": False}
    )
    found = await lists.opportunities(reader, cards, sort=sort, limit=limit, cursor=None)
    return {
        "number": stage.number,
        "code": stage.code,
        "zh": stage.zh,
        "en": stage.en,
        "norm_days": stage.norm_days,
        **told(here),
        "cards": [
            card(deal, await process_of(reader.db, deal), reader.now) for deal in found.items
        ],
        "next_cursor": found.next_cursor,
    }


def card(deal: Opportunity, process: Process, now: datetime) -> dict[str, Any]:
    """What a column shows of a deal. `buyer_lag`: stages that the buyer is behind."""
    days, norm = days_in_stage(deal, now), process.stage(deal.stage).norm_days
    return {
        "id": deal.id,
        "version": deal.version,
        "name": deal.terms.name,
        "owner_id": deal.owner_id,
        "customer_id": deal.customer_id,
        "customer_name": None,
        "amount": money_view(deal.terms.amount),
        "probability": str(deal.probability(process)),
        "expected_close_on": deal.terms.expected_close_on,
        "days_in_stage": days,
        "norm_days": norm,
        "is_over_norm": days is not None and norm is not None and days > norm,
        "next_step": deal.terms.next_step,
        "next_step_on": deal.terms.next_step_on,
        "buyer_stage": deal.buyer_stage,
        "buyer_lag": lag_of(deal),
        "milestones": milestones_of(deal, process),
        "progressed_at": deal.progressed_at,
    }


async def _name_customers(db: Database, columns: Any) -> None:
    cards = [card for column in columns for card in column["cards"]]
    ids = sorted({card["customer_id"] for card in cards if card["customer_id"]})
    found = db[copies.CUSTOMERS].find({"_id": {"$in": ids}}, {"name": 1})
    names = {document["_id"]: document.get("name") async for document in found}
    for card_ in cards:
        card_["customer_name"] = names.get(card_["customer_id"] or "")
