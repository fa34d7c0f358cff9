"""What can be done about staff."""

from datetime import date

from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from field.projections import keep_staff, keep_team
from field.staff.model import Staff
from field.staff.store import STAFF
from field.teams.commands import TREE
from field.teams.model import Team
from field.teams.queries import teams_led_by
from field.teams.store import TEAMS


async def join_staff(
    work: Work,
    *,
    name: str,
    roles: list[str],
    team_id: str | None,
    joined_on: date,
    staff_number: str | None = None,
) -> Staff:
    await work.scope("staff:write")
    if staff_number:
        await _require_free_number(work, staff_number)
    team = await _team(work, team_id) if team_id else None
    person = Staff.join(
        identifier=new_id(),
        name=name,
        roles=roles,
        team_id=team.id if team else None,
        region=team.region if team else None,
        joined_on=joined_on,
        staff_number=staff_number,
    )
    work.add(STAFF, person)
    await keep_staff(work, person)
    return person


async def change_staff(
    work: Work, staff_id: str, *, name: str | None = None, roles: list[str] | None = None
) -> Staff:
    person = await _writable(work, staff_id)
    person.move(name=name, roles=roles)
    await keep_staff(work, person)
    return person


async def move_staff(
    work: Work, staff_id: str, *, team_id: str, effective_on: date | None = None
) -> Staff:
    """Into another team; the person's records go along."""
    person = await _writable(work, staff_id)
    team = await _team(work, team_id)
    person.move(team_id=team.id, region=team.region, effective_on=effective_on)
    await keep_staff(work, person)
    return person


async def leave(work: Work, staff_id: str, on: date) -> Staff:
    """Go; the teams that the person led are without a leader until one is named."""
    await work.guard(TREE)
    person = await _writable(work, staff_id)
    person.leave(on)
    await keep_staff(work, person)
    for team in await teams_led_by(work, staff_id):
        team.be_led_by(None)
        await keep_team(work, team)
    return person


async def _writable(work: Work, staff_id: str) -> Staff:
    may_write = await work.scope("staff:write")
    person = await work.load(STAFF, staff_id)
    may_write.require(person, seen=await work.scope("staff:read"))
    return person


async def _team(work: Work, team_id: str) -> Team:
    team = await work.find(TEAMS, team_id)
    if team is None:
        raise ValidationFailed(
            FieldError(
                "/team_id",
                "unknown-id",
                {CHINESE: f"没有团队 {team_id}", ENGLISH: f"there is no team {team_id}"},
            )
        )
    return team


async def _require_free_number(work: Work, staff_number: str) -> None:
    await work.guard(f"staff_number:{staff_number}")
    if await work.db[STAFF.collection].find_one({"staff_number": staff_number}, {"_id": 1}):
        raise ValidationFailed(
            FieldError(
                "/staff_number",
                "taken",
                {CHINESE: "工号已被使用", ENGLISH: "somebody has this staff number"},
            )
        )
