"""Every service's copy of staff and teams, and how records follow their owner's moves.

Collections `staff_copy` `{_id, name, team_id, roles, is_active, staff_number, external_id,
joined_on}` and `team_copy` `{_id, name, kind, parent_id, leader_id, region}`, fed by the field
service's events; field itself writes them by `record_staff` and `record_team` in its commands.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from contracts import field
from contracts.topics import events_topic

from chassis.intake import Subscription
from chassis.mongo import Document
from chassis.received import Received
from chassis.work import Work

STAFF, TEAMS = "staff_copy", "team_copy"
_DEEPEST = 20
NOTHING: Mapping[str, Document] = MappingProxyType({})


class Stamp(NamedTuple):
    """Whose, and of which team and region, a record is today."""

    staff_id: str
    team_id: str | None
    region: str | None
    exists: bool
    name: str = ""


async def stamp(work: Work, staff_id: str) -> Stamp:
    """What a record of this owner carries."""
    staff = await work.document(STAFF, staff_id)
    if staff is None:
        return Stamp(staff_id, None, None, exists=False)
    team_id = staff.get("team_id")
    return Stamp(staff_id, team_id, await region_of(work, team_id), True, staff["name"])


async def region_of(work: Work, team_id: str | None) -> str | None:
    """The region of a team: its own, or that of the nearest team above that has one."""
    for _ in range(_DEEPEST):
        team = await work.document(TEAMS, team_id) if team_id else None
        if team is None:
            return None
        if team.get("region"):
            region: str = team["region"]
            return region
        team_id = team.get("parent_id")
    return None


async def record_staff(
    work: Work,
    staff_id: str,
    profile: field.StaffProfile,
    *,
    is_active: bool = True,
    follow: Sequence[str] = (),
    marked: Mapping[str, Document] = NOTHING,
) -> None:
    """Write the copy; the records of `follow` that this person owns go along to the new team.

    `marked`: what those of a collection get besides, so that a projection notices.
    """
    work.put(
        STAFF,
        {
            "_id": staff_id,
            "name": profile.name,
            "team_id": profile.team_id,
            "roles": list(profile.roles),
            "is_active": is_active,
            "staff_number": profile.staff_number,
            "external_id": profile.external_id,
            "joined_on": profile.joined_on.isoformat() if profile.joined_on else None,
        },
    )
    region = await region_of(work, profile.team_id)
    for collection in follow:
        there = {"team_id": profile.team_id, "region": region} | marked.get(collection, {})
        moved = {"$set": there}
        work.update_many(collection, {"owner_id": staff_id, "team_id": _other(profile)}, moved)


def _other(profile: field.StaffProfile) -> Document:
    return {"$ne": profile.team_id}


async def record_team(
    work: Work, team_id: str, profile: field.TeamProfile, *, follow: Sequence[str] = ()
) -> None:
    """Write the copy; the records of the team take its region along."""
    work.put(
        TEAMS,
        {
            "_id": team_id,
            "name": profile.name,
            "kind": profile.kind,
            "parent_id": profile.parent_id,
            "leader_id": profile.leader_id,
            "region": profile.region,
            "external_id": profile.external_id,
        },
    )
    region = await region_of(work, team_id)
    for collection in follow:
        others = {"team_id": team_id, "region": {"$ne": region}}
        work.update_many(collection, others, {"$set": {"region": region}})


def subscription(
    *, follow: Sequence[str] = (), marked: Mapping[str, Document] = NOTHING
) -> Subscription:
    """Keep the copies, and let the records of these collections follow their owners."""

    async def on_staff_joined(work: Work, event: Received[field.StaffJoined]) -> None:
        await record_staff(work, event.subject, event.data.profile, follow=follow, marked=marked)

    async def on_staff_moved(work: Work, event: Received[field.StaffMoved]) -> None:
        await record_staff(work, event.subject, event.data.profile, follow=follow, marked=marked)

    async def on_staff_left(work: Work, event: Received[field.StaffLeft]) -> None:
        await record_staff(work, event.subject, event.data.profile, is_active=False)

    async def on_team_formed(work: Work, event: Received[field.TeamFormed]) -> None:
        await record_team(work, event.subject, event.data.profile, follow=follow)

    async def on_team_changed(work: Work, event: Received[field.TeamChanged]) -> None:
        await record_team(work, event.subject, event.data.profile, follow=follow)

    return Subscription(
        events_topic("field"),
        {
            field.StaffJoined: on_staff_joined,
            field.StaffMoved: on_staff_moved,
            field.StaffLeft: on_staff_left,
            field.TeamFormed: on_team_formed,
            field.TeamChanged: on_team_changed,
        },
    )
