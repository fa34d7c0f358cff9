"""Rules of assignment and the policy of leads over HTTP."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Response
from pydantic import Field

from pipeline.lead_assignment import commands
from pipeline.lead_assignment.model import POLICY_ID, LeadPolicy, Rule, Terms, default_policy
from pipeline.lead_assignment.store import POLICIES, RULES
from pipeline.requests import Cursor, Identifier, IdPath, Limit
from pipeline.views import plain

router = APIRouter(tags=["leads"])
Word = Annotated[str, Field(min_length=1, max_length=100)]
Way = Literal["round_robin", "region", "load"]
Channel = Literal["api", "import", "form", "referral"]
Temperature = Literal["hot", "warm", "cold"]
Minutes = Annotated[int, Field(ge=1, le=14_400)]


class RuleChange(RequestModel):
    """Only what is named changes."""

    name: Word = "-"
    place: Annotated[int, Field(ge=1, le=1000)] = 1
    way: Way = "round_robin"
    staff_ids: list[Identifier] = Field(default=[], max_length=200)
    team_ids: list[Identifier] = Field(default=[], max_length=50)
    regions: list[Word] = Field(default=[], max_length=100)
    channels: list[Channel] = Field(default=[], max_length=4)
    temperatures: list[Temperature] = Field(default=[], max_length=3)
    product_lines: list[Word] = Field(default=[], max_length=100)
    campaign_ids: list[Identifier] = Field(default=[], max_length=100)
    most_open: int | None = Field(None, ge=1, le=10_000)


class RuleIn(RuleChange):
    """Who gets which leads; an empty list means any. `most_open`: more at hand gets no new one."""

    name: Word
    place: Annotated[int, Field(ge=1, le=1000)]
    way: Way


class PolicyChange(RequestModel):
    """Working minutes until the first response, by temperature; lapses before the pool."""

    hot_minutes: Minutes = 30
    other_minutes: Minutes = 240
    most_lapses: int = Field(3, ge=1, le=100)


def rule_view(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": rule.version,
        **plain(rule.terms),
        "is_withdrawn": rule.is_withdrawn,
        "created_at": rule.created_at,
        "updated_at": rule.updated_at,
    }


def policy_view(policy: LeadPolicy) -> dict[str, Any]:
    return {"version": policy.version, **plain(policy.terms), "updated_at": policy.updated_at}


@router.post("/lead-assignment-rules", status_code=201)
async def set_rule(body: RuleIn, door: Door) -> Response:
    terms = Terms(**body.model_dump())
    return await door.run(
        lambda work: commands.set_assignment_rule(work, terms),
        shown=rule_view,
        created="/lead-assignment-rules",
    )


@router.get("/lead-assignment-rules")
async def list_rules(reader: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """In the order in which they are asked."""
    await reader.scope("lead-assignment-rules:read")
    found = await page(
        reader.db[RULES.collection],
        {"is_withdrawn": False},
        sort="terms.place",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=RULES.aggregate,
    )
    return reader.page([rule_view(one) for one in found.items], found.next_cursor)


@router.get("/lead-assignment-rules/{rule_id}")
async def read_rule(rule_id: IdPath, reader: Reader) -> Response:
    rule = await reader.load(RULES, rule_id, "lead-assignment-rules:read")
    return reader.show(rule_view(rule), version=rule.version)


@router.patch("/lead-assignment-rules/{rule_id}")
async def change_rule(rule_id: IdPath, body: RuleChange, door: Door) -> Response:
    changes = body.model_dump(exclude_unset=True)
    return await door.run(
        lambda work: commands.change_assignment_rule(work, rule_id, changes), shown=rule_view
    )


@router.post("/lead-assignment-rules/{rule_id}/withdraw")
async def withdraw_rule(rule_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.withdraw_assignment_rule(work, rule_id), shown=rule_view
    )


@router.get("/lead-policy")
async def read_lead_policy(reader: Reader) -> Response:
    await reader.scope("lead-policy:read")
    policy = await reader.find(POLICIES, POLICY_ID) or default_policy()
    return reader.show(policy_view(policy), version=policy.version)


@router.patch("/lead-policy")
async def change_lead_policy(body: PolicyChange, door: Door) -> Response:
    """It holds for clocks that start from now on."""
    changes = body.model_dump(exclude_unset=True)
    return await door.run(lambda work: commands.change_policy(work, changes), shown=policy_view)
