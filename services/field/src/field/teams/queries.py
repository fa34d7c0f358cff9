"""Reading the organisation tree."""

from typing import Any

from chassis.mongo import Database
from chassis.pages import Page, page
from chassis.scopes import Scope
from chassis.work import Work

from field.teams.model import Team
from field.teams.store import TEAMS


async def ids_above(work: Work, team: Team | None) -> frozenset[str]:
    """The ids of all nodes above `team`."""
    above: set[str] = set()
    while team is not None and team.parent_id is not None and team.parent_id not in above:
        above.add(team.parent_id)
        team = await work.find(TEAMS, team.parent_id)
    return frozenset(above)


async def children(work: Work, team_id: str) -> list[Team]:
    """The nodes right below, as this unit of work has left them so far."""
    ids = [
        document["_id"]
        async for document in work.db[TEAMS.collection].find({"parent_id": team_id}, {"_id": 1})
    ]
    found = await work.find_many(TEAMS, ids)
    return list(found.values())


async def teams_led_by(work: Work, staff_id: str) -> list[Team]:
    ids = [
        document["_id"]
        async for document in work.db[TEAMS.collection].find({"owner_id": staff_id}, {"_id": 1})
    ]
    found = await work.find_many(TEAMS, ids)
    return [team for team in found.values() if team.leader_id == staff_id]


async def list_teams(
    db: Database, scope: Scope, *, kind: str | None, limit: int, cursor: str | None
) -> Page[Team]:
    matching: dict[str, Any] = scope.filter()
    if kind:
        matching = {"$and": [matching, {"kind": kind}]}
    return await page(
        db[TEAMS.collection],
        matching,
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=TEAMS.aggregate,
    )
