"""Files of staff 员工: each row a person, and where they stand in the organisation.

A row forms the nodes it names: the company, its region, and the team of its manager. A supervisor
leads a team of their own, a manager the region, a director or general manager the company (or the
region, if one is given). The order of rows does not matter; all ids follow from names.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from chassis.ids import stable_id
from chassis.imports import (
    CellRefused,
    ImportContext,
    ImportField,
    ImportKind,
    ImportOutcome,
    Row,
    day,
    text,
)
from chassis.work import Work

from field.projections import keep_staff, keep_team
from field.staff.model import ROLES, Staff
from field.staff.queries import person_named
from field.staff.store import STAFF
from field.teams.commands import COMPANY_ID, TREE
from field.teams.model import Team, TeamKind
from field.teams.store import TEAMS


def _roles(cell: str) -> list[str]:
    roles = [part.strip() for part in cell.replace("；", ";").split(";") if part.strip()]
    for role in roles:
        if role not in ROLES:
            raise CellRefused("unknown-role", f"没有角色“{role}”", f"there is no role “{role}”")
    return roles


def staff_kind(company: str) -> ImportKind:
    """`company` is the name of the tree's root, where the import has to form it."""

    async def handle(work: Work, row: Row, context: ImportContext) -> ImportOutcome:
        return await import_staff(work, row, context, company)

    return ImportKind(
        name="staff",
        zh="员工",
        en="Staff",
        fields=[
            ImportField("name", "姓名", "Name", text(100), required=True),
            ImportField("role", "角色", "Role", _roles),
            ImportField("manager", "主管", "Manager", text(100)),
            ImportField("region", "区域", "Region", text(100)),
            ImportField("joined_on", "入职日期", "Joined on", day),
            ImportField("staff_number", "工号", "Staff number", text(40)),
            ImportField("external_id", "外部编号", "External id", text(100)),
        ],
        handle=handle,
    )


async def import_staff(work: Work, row: Row, context: ImportContext, company: str) -> ImportOutcome:
    """Find or make the person, and bring them where the row says."""
    await work.guard(TREE)
    roles = row["role"] or ["rep"]
    identifier = await _id_of(work, row, context)
    team = await _place(work, row, roles, identifier, company)
    person = await work.find(STAFF, identifier)
    if person is None:
        joined_on = row["joined_on"] or context.today
        person = Staff.join(
            identifier=identifier,
            name=row["name"],
            roles=roles,
            team_id=team.id,
            region=team.region,
            joined_on=joined_on,
            staff_number=row["staff_number"],
            external_id=row["external_id"],
            origin="import" if context.is_history else None,
            at=datetime.combine(joined_on, time(), ZoneInfo(context.timezone)),
        )
        work.add(STAFF, person)
        await keep_staff(work, person)
        return ImportOutcome("created", person.position)
    if person.has_left:
        return ImportOutcome("skipped", warning={"zh-CN": "已离职", "en": "has left"})
    person.move(name=row["name"], roles=roles, team_id=team.id, region=team.region)
    if not person.recorded:
        return ImportOutcome("unchanged", person.position)
    await keep_staff(work, person)
    return ImportOutcome("updated", person.position)


async def _id_of(work: Work, row: Row, context: ImportContext) -> str:
    if row["external_id"]:
        return stable_id("staff", context.external_source, row["external_id"])
    named = await person_named(work.db, row["name"])
    return named or stable_id("staff", "named", row["name"])


async def _place(work: Work, row: Row, roles: list[str], staff_id: str, company: str) -> Team:
    """The node that a row's person works in; led by them, if their role is to lead it."""
    root = await _node(work, COMPANY_ID, company, TeamKind.COMPANY, None)
    region = root
    if row["region"]:
        region_id = stable_id("team", "region", row["region"])
        region = await _node(work, region_id, row["region"], TeamKind.REGION, root)
    if "supervisor" in roles:
        return await _led(work, await _team_of(work, row["name"], region), staff_id)
    if {"manager", "director", "general_manager"} & set(roles):
        return await _led(work, region, staff_id)
    if row["manager"]:
        return await _team_of(work, row["manager"], region)
    return region


async def _team_of(work: Work, manager: str, region: Team) -> Team:
    identifier = stable_id("team", "of", manager)
    return await _node(work, identifier, f"Team {manager}", TeamKind.TEAM, region)


async def _node(
    work: Work, identifier: str, name: str, kind: TeamKind, parent: Team | None
) -> Team:
    found = await work.find(TEAMS, identifier)
    if found is not None:
        return found
    team = work.add(TEAMS, Team.form(identifier=identifier, name=name, kind=kind, parent=parent))
    await keep_team(work, team)
    return team


async def _led(work: Work, team: Team, staff_id: str) -> Team:
    team.be_led_by(staff_id)
    await keep_team(work, team)
    return team
