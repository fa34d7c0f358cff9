"""Deals of history that come one by one through the API, with the right to it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chassis.problems import ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff
from pipeline.holders import holder_for
from pipeline.moments import beginning_of
from pipeline.opportunities.commands import new_identifier, stage_number
from pipeline.opportunities.model import OPEN, Ending, Opportunity, take_over
from pipeline.opportunities.references import require_known
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.templates.store import newest


@dataclass(frozen=True, kw_only=True)
class Past:
    """How a deal began, and perhaps ended, before it came to us."""

    external_id: str
    template: str = "standard"
    stage: int | str | None = None
    owner_id: str | None = None
    opened_on: date | None = None
    status: str = OPEN
    closed_on: date | None = None
    won_amount: Money | None = None
    lost_reasons: list[str] = field(default_factory=list)


async def take_over_opportunity(
    work: Work, past: Past, values: dict[str, Any], *, timezone: str
) -> Opportunity:
    """A deal with its own business time, `origin: import`; no gate was passed, none is asked for.

    Raises:
        Duplicate: the external id is taken.
    """
    await work.scope("imports:history")
    process = await newest(work.db, past.template)
    if process is None:
        raise ValidationFailed(copies.unknown("/template", "流程模板", "process template"))
    await require_known(work, values)
    ending = None
    if past.status != OPEN and past.closed_on is not None:
        ending = Ending(
            status=past.status,
            closed_on=past.closed_on,
            amount=past.won_amount,
            reasons=past.lost_reasons,
        )
    deal = take_over(
        process,
        await holder_for(work, past.owner_id or acting_staff(work), "imports:history"),
        values,
        identifier=await new_identifier(work, past.external_id),
        stage=stage_number(process, past.stage, default=1),
        opened_on=past.opened_on,
        opened_at=beginning_of(past.opened_on, timezone),
        external_id=past.external_id,
        ending=ending,
        ended_at=beginning_of(past.closed_on, timezone),
    )
    return work.add(OPPORTUNITIES, deal)
