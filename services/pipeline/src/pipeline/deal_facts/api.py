"""Deal facts over HTTP: commands of `/opportunities/{id}`, and the facts of one deal."""

from datetime import date
from typing import Annotated, Any

from chassis.clock import local_date
from chassis.door import Commanding, Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from pipeline.deal_facts import commands
from pipeline.deal_facts.model import FEASIBILITY, PROPOSAL, TERMS, DealFact, Told
from pipeline.deal_facts.store import DEAL_FACTS
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.requests import Cursor, Day, Identifier, IdPath, Limit, Reason

router = APIRouter(tags=["opportunities"])
Title = Annotated[str, Field(min_length=1, max_length=200)]
Contacts = Annotated[list[Identifier], Field(min_length=1, max_length=50)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]


class ProposalIn(RequestModel):
    """A proposal 方案 that was sent: to whom, when, and the file if there is one."""

    title: Title
    on: Day | None = None
    contact_ids: Contacts
    text: Words | None = None
    file_id: Identifier | None = None


class TermsIn(RequestModel):
    """Commercial terms 商务条款 that were agreed: their words or their file, with whom, when."""

    title: Title = "商务条款"
    on: Day | None = None
    contact_ids: Contacts
    text: Words | None = None
    file_id: Identifier | None = None

    @model_validator(mode="after")
    def _say_something(self) -> "TermsIn":
        if self.text is None and self.file_id is None:
            raise ValueError("terms have a text or a file")
        return self


class FeasibilityIn(RequestModel):
    """What a consultant judged 技术需求可行性: in words, with the file if there is one."""

    title: Title = "技术需求可行性确认"
    on: Day | None = None
    text: Words
    file_id: Identifier | None = None


class WithdrawIn(RequestModel):
    reason: Reason


def fact_view(fact: DealFact) -> dict[str, Any]:
    told = fact.told
    return {
        "id": fact.id,
        "version": fact.version,
        "opportunity_id": fact.opportunity_id,
        "kind": told.kind,
        "title": told.title,
        "on": told.on,
        "contact_ids": told.contact_ids,
        "text": told.text,
        "file_id": told.file_id,
        "recorded_by": fact.recorded_by,
        "withdrawn_reason": fact.withdrawn_reason,
        "created_at": fact.created_at,
    }


@router.get("/opportunities/{opportunity_id}/facts")
async def list_facts(
    opportunity_id: IdPath, reader: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """What was told about the deal, also what was withdrawn; the oldest first."""
    await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    found = await page(
        reader.db[DEAL_FACTS.collection],
        {"opportunity_id": opportunity_id},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=DEAL_FACTS.aggregate,
    )
    return reader.page([fact_view(fact) for fact in found.items], found.next_cursor)


@router.post("/opportunities/{opportunity_id}/record-proposal")
async def record_proposal(opportunity_id: IdPath, body: ProposalIn, door: Door) -> Response:
    told = _told(body, PROPOSAL, door)
    return await door.run(
        lambda work: commands.tell_fact(work, opportunity_id, told, **_day(door)),
        shown=fact_view,
    )


@router.post("/opportunities/{opportunity_id}/agree-terms")
async def agree_terms(opportunity_id: IdPath, body: TermsIn, door: Door) -> Response:
    told = _told(body, TERMS, door)
    return await door.run(
        lambda work: commands.tell_fact(work, opportunity_id, told, **_day(door)),
        shown=fact_view,
    )


@router.post("/opportunities/{opportunity_id}/confirm-feasibility")
async def confirm_feasibility(opportunity_id: IdPath, body: FeasibilityIn, door: Door) -> Response:
    told = _told(body, FEASIBILITY, door)
    return await door.run(
        lambda work: commands.confirm_feasibility(work, opportunity_id, told, **_day(door)),
        shown=fact_view,
    )


@router.post("/opportunities/{opportunity_id}/facts/{fact_id}/withdraw")
async def withdraw_fact(
    opportunity_id: IdPath, fact_id: IdPath, body: WithdrawIn, door: Door
) -> Response:
    return await door.run(
        lambda work: commands.withdraw_deal_fact(work, opportunity_id, fact_id, body.reason),
        shown=fact_view,
    )


def _told(body: ProposalIn | TermsIn | FeasibilityIn, kind: str, door: Commanding) -> Told:
    said = body.model_dump()
    return Told(kind=kind, **(said | {"on": body.on or _today(door)}))


def _today(door: Commanding) -> date:
    return local_date(door.now, door.core.settings.timezone)


def _day(door: Commanding) -> dict[str, Any]:
    return {"today": _today(door), "timezone": door.core.settings.timezone}
