"""What can be done to the organisation tree."""

from typing import TypedDict

from chassis import organisation
from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from field.projections import keep_team
from field.teams import queries
from field.teams.model import MisplacedTeam, Team, TeamKind
from field.teams.store import TEAMS

TREE = "organisation"
"""The tree is one thing: whoever changes it queues here."""
COMPANY_ID = stable_id("team", "company")


class TeamChanges(TypedDict, total=False):
    """What is not named stays as it is."""

    name: str | None
    leader_id: str | None


async def form_team(
    work: Work, *, name: str, kind: TeamKind, parent_id: str | None, leader_id: str | None
) -> Team:
    await work.scope("teams:write")
    await work.guard(TREE)
    parent = await _parent(work, parent_id) if parent_id else None
    if kind is TeamKind.COMPANY and await work.find(TEAMS, COMPANY_ID) is not None:
        raise MisplacedTeam({CHINESE: "公司已存在", ENGLISH: "there is a company already"})
    await _require_leader(work, leader_id)
    team = Team.form(
        identifier=COMPANY_ID if kind is TeamKind.COMPANY else new_id(),
        name=name,
        kind=kind,
        parent=parent,
        leader_id=leader_id,
    )
    work.add(TEAMS, team)
    await keep_team(work, team)
    return team


async def change_team(work: Work, team_id: str, changes: TeamChanges) -> Team:
    team = await _writable(work, team_id)
    name = changes.get("name")
    if name is not None and name != team.name:
        parent = await work.find(TEAMS, team.parent_id) if team.parent_id else None
        team.rename(name, parent)
        await _pass_region_on(work, team)
    if "leader_id" in changes:
        await _require_leader(work, changes["leader_id"])
        team.be_led_by(changes["leader_id"])
    await keep_team(work, team)
    return team


async def move_team(work: Work, team_id: str, parent_id: str) -> Team:
    """Hang it, with all below, under another node. No record is rewritten for it."""
    team = await _writable(work, team_id)
    parent = await _parent(work, parent_id)
    team.move_below(parent, await queries.ids_above(work, parent))
    await _pass_region_on(work, team)
    await keep_team(work, team)
    return team


async def _pass_region_on(work: Work, team: Team) -> None:
    for child in await queries.children(work, team.id):
        before = child.region
        child.follow(team)
        if child.region != before:
            await keep_team(work, child)
            await _pass_region_on(work, child)


async def _writable(work: Work, team_id: str) -> Team:
    may_write = await work.scope("teams:write")
    await work.guard(TREE)
    team = await work.load(TEAMS, team_id)
    may_write.require(team, seen=await work.scope("teams:read"))
    return team


async def _parent(work: Work, parent_id: str) -> Team:
    parent = await work.find(TEAMS, parent_id)
    if parent is None:
        raise _unknown("/parent_id", parent_id)
    return parent


async def _require_leader(work: Work, leader_id: str | None) -> None:
    if leader_id is None:
        return
    person = await work.document(organisation.STAFF, leader_id)
    if person is None or not person["is_active"]:
        raise _unknown("/leader_id", leader_id)


def _unknown(pointer: str, identifier: str) -> ValidationFailed:
    return ValidationFailed(
        FieldError(
            pointer,
            "unknown-id",
            {CHINESE: f"没有 {identifier}", ENGLISH: f"there is no {identifier}"},
        )
    )
