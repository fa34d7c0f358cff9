"""What can be done with saved views."""

from chassis import organisation
from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH, Forbidden, NotFound, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff
from pipeline.saved_views.model import Look, SavedView, Sharing, require_modest, save_view
from pipeline.saved_views.store import SAVED_VIEWS


async def save_new_view(work: Work, look: Look, sharing: Sharing) -> SavedView:
    await work.scope("saved-views:write")
    owner = acting_staff(work)
    if not owner:
        raise Forbidden({CHINESE: "视图属于员工", ENGLISH: "a view belongs to a member of staff"})
    stamp = await organisation.stamp(work, owner)
    await _require_shareable(work, sharing, stamp.team_id)
    view = save_view(look, sharing, identifier=new_id(), owner_id=owner, team_id=stamp.team_id)
    return work.add(SAVED_VIEWS, view)


async def change_view(
    work: Work, identifier: str, look: Look | None, sharing: Sharing | None
) -> SavedView:
    """Its owner's alone to change, however many see it."""
    view = await _own(work, identifier)
    if sharing is not None:
        await _require_shareable(work, sharing, view.team_id)
    view.change(look or view.look, sharing or view.sharing)
    return view


async def remove_view(work: Work, identifier: str) -> SavedView:
    view = await _own(work, identifier)
    view.remove()
    return view


async def _own(work: Work, identifier: str) -> SavedView:
    await work.scope("saved-views:write")
    view = await work.load(SAVED_VIEWS, identifier)
    if view.is_removed or view.owner_id != acting_staff(work):
        raise NotFound(SavedView.TYPE, identifier)
    return view


async def _require_shareable(work: Work, sharing: Sharing, own_team: str | None) -> None:
    known = await work.documents(organisation.TEAMS, sharing.team_ids)
    errors = [
        copies.unknown(f"/sharing/team_ids/{place}", "团队", "team")
        for place, team in enumerate(sharing.team_ids)
        if team not in known
    ]
    if errors:
        raise ValidationFailed(errors)
    try:
        await work.scope("saved-views:share")
    except Forbidden:
        require_modest(sharing, own_team)
