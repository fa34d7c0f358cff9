"""Which saved views somebody sees: one's own, and those shared with one's teams or roles."""

from chassis.door import Reading
from chassis.mongo import Database, Document
from chassis.organisation import TEAMS
from chassis.pages import Page, page
from chassis.problems import NotFound

from pipeline.saved_views.model import SavedView
from pipeline.saved_views.store import SAVED_VIEWS

_DEEPEST = 20


async def saved_views(
    reader: Reading, collection: str | None, *, limit: int, cursor: str | None
) -> Page[SavedView]:
    await reader.scope("saved-views:read")
    teams = await teams_above(reader.db, await _own_team(reader))
    seen: list[Document] = [
        {"sharing.team_ids": {"$in": teams}},
        {"sharing.roles": {"$in": list(reader.caller.roles)}},
    ]
    if reader.caller.staff_id is not None:
        seen.append({"owner_id": reader.caller.staff_id})
    matching: Document = {"is_removed": False, "$or": seen}
    if collection is not None:
        matching["look.collection"] = collection
    return await page(
        reader.db[SAVED_VIEWS.collection],
        matching,
        sort="look.name",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=SAVED_VIEWS.aggregate,
    )


async def saved_view(reader: Reading, identifier: str) -> SavedView:
    """Raises NotFound where there is none that the reader sees."""
    await reader.scope("saved-views:read")
    view = await reader.find(SAVED_VIEWS, identifier)
    teams = await teams_above(reader.db, await _own_team(reader))
    if view is None or not view.is_seen_by(reader.caller.staff_id, teams, reader.caller.roles):
        raise NotFound(SavedView.TYPE, identifier)
    return view


async def teams_above(db: Database, team_id: str | None) -> list[str]:
    """A team and all that it lies in."""
    found: list[str] = []
    while team_id is not None and team_id not in found and len(found) < _DEEPEST:
        found.append(team_id)
        team = await db[TEAMS].find_one({"_id": team_id}, {"parent_id": 1})
        team_id = None if team is None else team.get("parent_id")
    return found


async def _own_team(reader: Reading) -> str | None:
    staff_id = reader.caller.staff_id
    return None if staff_id is None else await reader.core.tree.team_of(staff_id)
