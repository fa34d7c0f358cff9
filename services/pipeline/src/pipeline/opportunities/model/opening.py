"""How a deal comes into being: opened by a person, or taken over from history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH
from contracts.values import Money

from pipeline.opportunities.model.facts import OpportunityOpened
from pipeline.opportunities.model.gates import Proof
from pipeline.opportunities.model.moving import require_buyer_stage
from pipeline.opportunities.model.opportunity import Opportunity
from pipeline.opportunities.model.refusals import MoveNotAllowed
from pipeline.opportunities.model.state import mark
from pipeline.opportunities.model.terms import Terms, priced
from pipeline.templates.model import Process


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who a new deal belongs to, and where that person stands in the organisation."""

    staff_id: str
    team_id: str | None = None
    region: str | None = None


def opportunity_id(source: str, external_id: str) -> str:
    """The id of a deal that another system knows by a name of its own."""
    return stable_id("opportunity", source, external_id)


def open_opportunity(
    process: Process,
    holder: Holder,
    values: dict[str, Any],
    *,
    identifier: str,
    stage: int,
    opened_on: date,
    now: datetime,
    external_id: str | None = None,
    intent: str = "none",
    buyer_stage: int | None = None,
) -> Opportunity:
    """A new deal. At a later stage than the first it enters midway 中途介入, and is flagged so."""
    furthest = process.rules.enter_up_to or process.last_open_stage
    _require_stage(stage, furthest)
    if buyer_stage is not None:
        require_buyer_stage(process, buyer_stage)
    deal = _new(process, holder, values, identifier, stage, external_id)
    deal.is_mid_way = stage > 1
    deal.stage_since = None if deal.is_mid_way else now
    deal.opened_on, deal.intent, deal.buyer_stage = opened_on, intent, buyer_stage
    deal.progressed_at = now
    _record_opening(process, deal, at=None)
    if deal.terms.need:
        deal.need_told_by = Proof(event_id=deal.position, at=now)
    deal.note_alignment(process)
    return deal


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a deal of history ended, and when."""

    status: str
    closed_on: date
    amount: Money | None = None
    reasons: Iterable[str] = ()


def take_over(
    process: Process,
    holder: Holder,
    values: dict[str, Any],
    *,
    identifier: str,
    stage: int,
    opened_on: date | None,
    opened_at: datetime | None,
    external_id: str,
    ending: Ending | None = None,
    ended_at: datetime | None = None,
) -> Opportunity:
    """A deal from history (`origin: import`): its own business times, no gate, no stage passed."""
    _require_stage(stage, process.last_open_stage)
    deal = _new(process, holder, values, identifier, stage, external_id)
    deal.origin = "import"
    deal.is_mid_way = stage > 1
    deal.opened_on, deal.progressed_at = opened_on, opened_at
    _record_opening(process, deal, at=opened_at)
    if ending is not None and ending.status == "won" and ending.amount is not None:
        deal.win_in_history(process, ending.amount, ending.closed_on, at=ended_at)
    elif ending is not None:
        deal.lose(process, reasons=list(ending.reasons), closed_on=ending.closed_on, at=ended_at)
    return deal


def _require_stage(stage: int, furthest: int) -> None:
    if not 1 <= stage <= furthest:
        raise MoveNotAllowed(
            {
                CHINESE: f"最晚只能从阶段 {furthest} 开始",
                ENGLISH: f"stage {furthest} is the last one to begin at",
            }
        )


def _new(
    process: Process,
    holder: Holder,
    values: dict[str, Any],
    identifier: str,
    stage: int,
    external_id: str | None,
) -> Opportunity:
    terms = Terms(**priced(values))
    return Opportunity(
        id=identifier,
        key=terms.customer_id or identifier,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=list(terms.collaborator_ids),
        external_id=external_id,
        template=process.code,
        template_version=process.version,
        terms=terms,
        stage=stage,
    )


def _record_opening(process: Process, deal: Opportunity, at: datetime | None) -> None:
    deal.record(
        OpportunityOpened(
            stage=mark(process, deal.stage),
            terms=deal.terms,
            intent=deal.intent,
            opened_on=deal.opened_on,
            buyer_stage=deal.buyer_stage,
            is_mid_way=deal.is_mid_way,
        ),
        at=at,
    )
