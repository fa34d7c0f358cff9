"""Who stands above whom: leaders of the teams on the way up the organisation tree."""

from chassis import organisation
from chassis.work import Work

HIGHEST = 20


async def superiors_of(work: Work, staff_id: str) -> list[str]:
    """Those above somebody, the direct superior first; a team without a leader is passed over.

    By id only, so that handlers of events and timers may ask.
    """
    staff = await work.document(organisation.STAFF, staff_id)
    team_id = None if staff is None else staff.get("team_id")
    found: list[str] = []
    for _ in range(HIGHEST):
        team = await work.document(organisation.TEAMS, team_id) if team_id else None
        if team is None:
            break
        leader = team.get("leader_id")
        if leader and leader != staff_id and leader not in found and await _works(work, leader):
            found.append(leader)
        team_id = team.get("parent_id")
    return found


async def _works(work: Work, staff_id: str) -> bool:
    staff = await work.document(organisation.STAFF, staff_id)
    return staff is not None and bool(staff["is_active"])
