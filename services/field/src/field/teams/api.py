"""The HTTP door of teams."""

from typing import Annotated, Any, cast

from chassis.door import Door, Reader
from chassis.http import RequestModel
from fastapi import APIRouter, Query, Response
from pydantic import Field

from field.teams import commands, queries
from field.teams.model import Team, TeamKind
from field.teams.store import TEAMS

router = APIRouter(tags=["teams"])

Name = Annotated[str, Field(min_length=1, max_length=100)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class TeamIn(RequestModel):
    """A new node of the tree."""

    name: Name
    kind: TeamKind = TeamKind.TEAM
    parent_id: Id | None = None
    leader_id: Id | None = None


class TeamChange(RequestModel):
    name: Name | None = None
    leader_id: Id | None = None


class TeamMove(RequestModel):
    parent_id: Id


def team_view(team: Team) -> dict[str, Any]:
    return {
        "id": team.id,
        "name": team.name,
        "kind": team.kind,
        "parent_id": team.parent_id,
        "leader_id": team.leader_id,
        "region": team.region,
        "external_id": team.external_id,
        "version": team.version,
        "created_at": team.created_at,
        "updated_at": team.updated_at,
    }


@router.get("/teams")
async def list_teams(
    reader: Reader,
    kind: TeamKind | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Response:
    scope = await reader.scope("teams:read")
    found = await queries.list_teams(reader.db, scope, kind=kind, limit=limit, cursor=cursor)
    return reader.page([team_view(team) for team in found.items], found.next_cursor)


@router.post("/teams", status_code=201)
async def form_team(body: TeamIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.form_team(
            work,
            name=body.name,
            kind=body.kind,
            parent_id=body.parent_id,
            leader_id=body.leader_id,
        ),
        shown=team_view,
        created="/teams",
    )


@router.get("/teams/{team_id}")
async def read_team(team_id: Id, reader: Reader) -> Response:
    team = await reader.load(TEAMS, team_id, "teams:read")
    return reader.show(team_view(team), version=team.version)


@router.patch("/teams/{team_id}")
async def change_team(team_id: Id, body: TeamChange, door: Door) -> Response:
    changes = cast(commands.TeamChanges, body.model_dump(exclude_unset=True))
    return await door.run(
        lambda work: commands.change_team(work, team_id, changes), shown=team_view
    )


@router.post("/teams/{team_id}/move")
async def move_team(team_id: Id, body: TeamMove, door: Door) -> Response:
    return await door.run(
        lambda work: commands.move_team(work, team_id, body.parent_id), shown=team_view
    )
