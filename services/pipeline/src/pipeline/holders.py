"""Whom a new record may belong to."""

from chassis import organisation
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.opportunities.model import Holder


async def holder_for(work: Work, staff_id: str, action: str) -> Holder:
    """Somebody within the caller's reach, with the team and region they are in today.

    Raises:
        ValidationFailed: nobody is known by that id, or they are out of reach.
    """
    stamp = await organisation.stamp(work, staff_id)
    scope = await work.scope(action)
    if not stamp.exists or not scope.allows({"owner_id": staff_id, "team_id": stamp.team_id}):
        raise ValidationFailed(copies.unknown("/owner_id", "负责人", "member of staff in reach"))
    return Holder(staff_id=staff_id, team_id=stamp.team_id, region=stamp.region)
