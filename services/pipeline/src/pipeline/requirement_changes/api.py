"""Requirement changes over HTTP: `/requirement-changes`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import MoneyIn, RequestModel
from chassis.pages import page
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.contracts.commands import NewContract
from pipeline.contracts.requests import NoteIn, ReasonIn, TermsIn
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit
from pipeline.requirement_changes import commands
from pipeline.requirement_changes.model import Effect, RequirementChange
from pipeline.requirement_changes.store import REQUIREMENT_CHANGES
from pipeline.views import money_view

router = APIRouter(tags=["requirement-changes"])
Text = Annotated[str, Field(min_length=1, max_length=5000)]
Status = Literal["draft", "submitted", "agreed", "applied", "withdrawn"]


class EffectIn(RequestModel):
    """On goal 目标, schedule 进度 and budget 预算; amounts below zero are less."""

    title: str = Field("-", min_length=1, max_length=200)
    description: Text = "-"
    goal: Text | None = None
    schedule: Text | None = None
    schedule_days: int | None = Field(None, ge=-3650, le=3650)
    budget: Text | None = None
    budget_change: MoneyIn | None = None

    @property
    def said(self) -> dict[str, Any]:
        names = self.model_fields_set & set(Effect.__dataclass_fields__)
        said = {name: getattr(self, name) for name in names}
        if self.budget_change is not None:
            said["budget_change"] = self.budget_change.value
        return said


class RequirementChangeIn(EffectIn):
    """At least one effect is told."""

    contract_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    asked_by: Literal["us", "customer"] = "customer"
    title: str = Field(min_length=1, max_length=200)
    description: Text

    @model_validator(mode="after")
    def _changes_something(self) -> "RequirementChangeIn":
        if self.contract_id is None and self.opportunity_id is None:
            raise ValueError("a requirement change names a contract_id or an opportunity_id")
        effects = (self.goal, self.schedule, self.schedule_days, self.budget, self.budget_change)
        if all(effect is None for effect in effects):
            raise ValueError("a requirement change tells its effect on goal, schedule or budget")
        return self


class ConfirmIn(RequestModel):
    contact_id: Identifier
    confirmed_on: Day | None = None
    file_id: Identifier | None = None


def requirement_change_view(change: RequirementChange) -> dict[str, Any]:
    effect = change.effect
    return {
        "id": change.id,
        "version": change.version,
        "customer_id": change.customer_id,
        "opportunity_id": change.opportunity_id,
        "contract_id": change.contract_id,
        "owner_id": change.owner_id,
        "team_id": change.team_id,
        "region": change.region,
        "asked_by": change.asked_by,
        "title": effect.title,
        "description": effect.description,
        "goal": effect.goal,
        "schedule": effect.schedule,
        "schedule_days": effect.schedule_days,
        "budget": effect.budget,
        "budget_change": money_view(effect.budget_change),
        "status": change.status,
        "is_approved": change.is_approved,
        "approved_by": change.approved_by,
        "contact_id": change.contact_id,
        "confirmed_on": change.confirmed_on,
        "file_id": change.file_id,
        "applied_as": change.applied_as,
        "supplement_id": change.supplement_id,
        "created_at": change.created_at,
        "updated_at": change.updated_at,
    }


@router.post("/requirement-changes", status_code=201)
async def raise_requirement_change(body: RequirementChangeIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.raise_requirement_change(
            work,
            Effect(**body.said),
            asked_by=body.asked_by,
            contract_id=body.contract_id,
            opportunity_id=body.opportunity_id,
        ),
        shown=requirement_change_view,
        created="/requirement-changes",
    )


@router.get("/requirement-changes")
async def list_requirement_changes(
    reader: Reader,
    contract_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("requirement-changes:read")
    asked = {"contract_id": contract_id, "opportunity_id": opportunity_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[REQUIREMENT_CHANGES.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=REQUIREMENT_CHANGES.aggregate,
    )
    return reader.page([requirement_change_view(one) for one in found.items], found.next_cursor)


@router.get("/requirement-changes/{change_id}")
async def read_requirement_change(change_id: IdPath, reader: Reader) -> Response:
    change = await reader.load(REQUIREMENT_CHANGES, change_id, "requirement-changes:read")
    return reader.show(requirement_change_view(change), version=change.version)


@router.patch("/requirement-changes/{change_id}")
async def revise_requirement_change(change_id: IdPath, body: EffectIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.revise_requirement_change(work, change_id, body.said),
        shown=requirement_change_view,
    )


@router.post("/requirement-changes/{change_id}/submit")
async def submit_requirement_change(change_id: IdPath, body: NoteIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.submit_requirement_change(work, change_id, body.note),
        shown=requirement_change_view,
    )


@router.post("/requirement-changes/{change_id}/confirm")
async def confirm_requirement_change(change_id: IdPath, body: ConfirmIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.confirm_requirement_change(
            work, change_id, body.contact_id, body.confirmed_on, body.file_id
        ),
        shown=requirement_change_view,
    )


@router.post("/requirement-changes/{change_id}/note")
async def note_requirement_change(change_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.note_requirement_change(work, change_id),
        shown=requirement_change_view,
    )


@router.post("/requirement-changes/{change_id}/supplement")
async def supplement_by_change(change_id: IdPath, body: TermsIn, door: Door) -> Response:
    given = NewContract(
        kind="supplement",
        terms={"currency": body.currency} | body.terms,
        lines=body.given_lines,
    )
    return await door.run(
        lambda work: commands.supplement_by_change(work, change_id, given),
        shown=requirement_change_view,
    )


@router.post("/requirement-changes/{change_id}/withdraw")
async def withdraw_requirement_change(change_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_requirement_change(work, change_id, body.reason),
        shown=requirement_change_view,
    )
