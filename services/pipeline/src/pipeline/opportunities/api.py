"""Deals over HTTP: `/opportunities`."""

from datetime import date
from typing import Annotated, Any, Literal

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader
from chassis.http import BatchIn
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from pipeline.opportunities import commands, finding, lists, queries, versions
from pipeline.opportunities.filters import LONGEST_VALUE, MOST_FILTERS, filtered
from pipeline.opportunities.history import take_over_opportunity
from pipeline.opportunities.model import Opportunity, Statement
from pipeline.opportunities.requests import (
    AdvanceIn,
    BatchAdvanceIn,
    BuyerStageIn,
    ChangesIn,
    CreditIn,
    IntentIn,
    LinkIn,
    LoseIn,
    MoveBackIn,
    OpportunityIn,
    OwnerIn,
    ParkIn,
    ReasonIn,
    VersionIn,
    WaiveIn,
    WinIn,
)
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.opportunities.views import (
    evidence_view,
    gate_view,
    history_view,
    opportunity_view,
    opportunity_views,
    version_report_view,
)
from pipeline.requests import Cursor, IdPath, IdQuery, Limit

router = APIRouter(tags=["opportunities"])
Filter = Annotated[str, StringConstraints(max_length=LONGEST_VALUE * 10)]
Sort = Literal[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "opened_on",
    "-opened_on",
    "closed_on",
    "-closed_on",
    "expected_close_on",
    "-expected_close_on",
    "amount",
    "-amount",
    "progressed_at",
    "-progressed_at",
]


def _today(door: Commanding) -> date:
    return local_date(door.now, door.core.settings.timezone)


async def _open(work: Work, body: OpportunityIn, door: Commanding) -> Opportunity:
    if body.history:
        return await take_over_opportunity(
            work, body.past(), body.values(), timezone=door.core.settings.timezone
        )
    opening = commands.Opening(
        template=body.template,
        stage=body.stage,
        owner_id=body.owner_id,
        intent=body.intent,
        buyer_stage=body.buyer_stage,
        opened_on=body.opened_on,
        external_id=body.external_id,
    )
    return await commands.open_new_opportunity(work, opening, body.values(), today=_today(door))


@router.post("/opportunities", status_code=201)
async def open_opportunity(body: OpportunityIn, door: Door) -> Response:
    return await door.run(
        lambda work: _open(work, body, door), shown=opportunity_view, created="/opportunities"
    )


@router.post("/opportunities/batch")
async def open_opportunities(body: BatchIn, door: Door) -> Response:
    return await door.batch(
        body.items,
        OpportunityIn,
        lambda work, item: _open(work, item, door),
        shown=opportunity_view,
        created="/opportunities",
    )


@router.post("/opportunities/batch-advance")
async def advance_many(body: BatchIn, door: Door) -> Response:
    """Each move is judged by itself, as it would be now: also those that a phone had queued."""
    return await door.batch(
        body.items,
        BatchAdvanceIn,
        lambda work, item: commands.advance_opportunity(work, item.id, item.stage),
        shown=opportunity_view,
    )


@router.get("/opportunities")
async def list_opportunities(
    reader: Reader,
    owner_id: IdQuery = None,
    team_id: IdQuery = None,
    customer_id: IdQuery = None,
    product_id: IdQuery = None,
    status: Annotated[Literal["open", "won", "lost"] | None, Query()] = None,
    stage: Annotated[int | None, Query(ge=1, le=50)] = None,
    template: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    is_parked: bool | None = None,
    region: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    product_line: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    month: Annotated[str | None, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = None,
    where: Annotated[list[Filter] | None, Query(max_length=MOST_FILTERS)] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    sort: Sort = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Deals in one's reach. `where` is `field:operator:value`; `q` words in Chinese or pinyin."""
    same: dict[str, Any] = {
        "terms.customer_id": customer_id,
        "terms.product_id": product_id,
        "status": status,
        "stage": stage,
        "external_id": external_id,
        "is_parked": is_parked,
    }
    asked = lists.Asked(
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        template=template,
        product_line=product_line,
        month=month,
        same={name: value for name, value in same.items() if value is not None},
        more=filtered(where or []),
    )
    if q is not None:
        matches = await finding.found(reader, q, asked, sort=sort, limit=limit, cursor=cursor)
        views = await opportunity_views(reader.db, matches.page.items)
        return reader.show(
            {
                "items": views,
                "next_cursor": matches.page.next_cursor,
                "count": matches.count,
                "or_more": matches.or_more,
                "is_partial": matches.is_partial,
            }
        )
    found = await lists.opportunities(reader, asked, sort=sort, limit=limit, cursor=cursor)
    return reader.page(await opportunity_views(reader.db, found.items), found.next_cursor)


@router.get("/opportunities/{opportunity_id}")
async def read_opportunity(opportunity_id: IdPath, reader: Reader) -> Response:
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    (view,) = await opportunity_views(reader.db, [deal])
    return reader.show(view, version=deal.version)


@router.patch("/opportunities/{opportunity_id}")
async def update_opportunity(opportunity_id: IdPath, body: ChangesIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.update_opportunity(work, opportunity_id, body.values()),
        shown=opportunity_view,
    )


@router.get("/opportunities/{opportunity_id}/gate")
async def read_gate(
    opportunity_id: IdPath,
    reader: Reader,
    to_stage: Annotated[int | None, Query(ge=1, le=50)] = None,
) -> Response:
    """What stands between the deal and a later stage, the next one if none is named."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    gate = await queries.gate(reader.db, deal, to_stage)
    view = gate_view(deal, gate, reader.caller.language)
    return reader.show(view, version=deal.stored_version)


@router.get("/opportunities/{opportunity_id}/evidence")
async def read_evidence(opportunity_id: IdPath, reader: Reader) -> Response:
    """Facts about the deal, and `offered` ones that name only its customer."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    known, offered = await queries.evidence_of(reader.db, deal)
    return reader.show(
        {
            "items": [evidence_view(fact) for fact in known],
            "offered": [evidence_view(fact) for fact in offered],
        }
    )


@router.get("/opportunities/{opportunity_id}/history")
async def read_history(
    opportunity_id: IdPath,
    reader: Reader,
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Limit = 100,
) -> Response:
    """Every change, oldest first; `next_after` goes on from there."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    events = await queries.history(reader.db, deal, after=after, limit=limit)
    last = events[-1]["seq"] if events else after
    return reader.show(
        {
            "items": [history_view(event) for event in events],
            "next_after": last if last < deal.version else None,
        }
    )


@router.post("/opportunities/{opportunity_id}/advance")
async def advance(opportunity_id: IdPath, body: AdvanceIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.advance_opportunity(work, opportunity_id, body.stage),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/change-template-version")
async def change_template_version(opportunity_id: IdPath, body: VersionIn, door: Door) -> Response:
    """Go on by a newer version of the process; with `dry_run` only what that would mean."""
    return await door.run(
        lambda work: versions.change_template_version(
            work, opportunity_id, body.version, body.stages, is_dry_run=body.dry_run
        ),
        shown=version_report_view,
        of=lambda report: None if report.is_dry_run else report.deal,
    )


@router.post("/opportunities/{opportunity_id}/win")
async def win(opportunity_id: IdPath, body: WinIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.win_opportunity(
            work,
            opportunity_id,
            amount=body.amount.value if body.amount else None,
            closed_on=body.closed_on,
            today=_today(door),
        ),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/lose")
async def lose(opportunity_id: IdPath, body: LoseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.lose_opportunity(
            work,
            opportunity_id,
            reasons=list(body.reasons),
            note=body.note,
            winner=body.winner,
            closed_on=body.closed_on,
            today=_today(door),
        ),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/move-back")
async def move_back(opportunity_id: IdPath, body: MoveBackIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.move_opportunity_back(work, opportunity_id, body.stage, body.reason),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/reopen")
async def reopen(opportunity_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.reopen_opportunity(
            work, opportunity_id, body.reason, today=_today(door)
        ),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/park")
async def park(opportunity_id: IdPath, body: ParkIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.park_opportunity(
            work, opportunity_id, body.wake_on, body.reason, today=_today(door)
        ),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/wake")
async def wake(opportunity_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.wake_opportunity(work, opportunity_id), shown=opportunity_view
    )


@router.post("/opportunities/{opportunity_id}/change-intent")
async def change_intent(opportunity_id: IdPath, body: IntentIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_intent(work, opportunity_id, body.intent, body.reason),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/set-buyer-stage")
async def set_buyer_stage(opportunity_id: IdPath, body: BuyerStageIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.set_buyer_stage(
            work,
            opportunity_id,
            body.buyer_stage,
            body.evidence,
            Statement(**body.statement.model_dump()) if body.statement else None,
        ),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/waive")
async def waive(opportunity_id: IdPath, body: WaiveIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.waive_gate(work, opportunity_id, body.milestones, body.reason),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/change-owner")
async def change_owner(opportunity_id: IdPath, body: OwnerIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_opportunity_owner(work, opportunity_id, body.owner_id),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/agree-credit")
async def agree_credit(opportunity_id: IdPath, body: CreditIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.agree_credit(work, opportunity_id, body.values),
        shown=opportunity_view,
    )


@router.post("/opportunities/{opportunity_id}/link-evidence")
async def link_evidence(opportunity_id: IdPath, body: LinkIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.link_evidence(work, opportunity_id, body.evidence),
        shown=opportunity_view,
    )
