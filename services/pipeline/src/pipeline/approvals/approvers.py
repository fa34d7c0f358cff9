"""Whom the words of a matrix mean, in today's organisation."""

from collections.abc import Sequence

from chassis import organisation
from chassis.mongo import Document
from chassis.problems import CHINESE, ENGLISH, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.approval_matrices.model import Ask
from pipeline.approvals.model import NoApprover, Step
from pipeline.superiors import HIGHEST, superiors_of

HEADS = ("director", "general_manager", "executive")
"""Who is asked where the one that the matrix wants does not exist."""


async def steps_for(work: Work, asks: Sequence[Ask], owner_id: str, barred: set[str]) -> list[Step]:
    """One step for each that is asked, each person once.

    Raises:
        NoApprover: somebody should be asked, and there is nobody who could be.
    """
    line = [one for one in await superiors_of(work, owner_id) if one not in barred]
    steps: dict[str, Step] = {}
    for ask in asks:
        approver = await _meant(work, ask, owner_id, line, barred)
        if approver is None:
            raise NoApprover(
                {
                    CHINESE: f"没有可以审批的人（{ask.words}）",
                    ENGLISH: f"nobody above could be asked ({ask.words})",
                }
            )
        steps.setdefault(approver, Step(approver_id=approver, asked_as=ask.words))
    return list(steps.values())


async def _meant(
    work: Work, ask: Ask, owner_id: str, line: list[str], barred: set[str]
) -> str | None:
    if ask.staff_id is not None and ask.staff_id not in barred:
        person = await work.document(organisation.STAFF, ask.staff_id)
        if person is not None and person["is_active"]:
            return ask.staff_id
    if ask.line is not None and line:
        # A short line has nobody further up: its top decides.
        return line[min(ask.line, len(line)) - 1]
    for role in (ask.role, *HEADS) if ask.role else HEADS:
        found = await _nearest(work, role, owner_id, barred)
        if found is not None:
            return found
    return line[-1] if line else None


async def require_active(work: Work, staff_id: str) -> None:
    """Raises ValidationFailed: nobody, or somebody who has left."""
    person = await work.document(organisation.STAFF, staff_id)
    if person is None or not person["is_active"]:
        raise ValidationFailed(copies.unknown("/approver_id", "在职员工", "active member of staff"))


async def _nearest(work: Work, role: str, owner_id: str, barred: set[str]) -> str | None:
    """Whoever has the role: of the owner's team, else of the nearest one above, else anybody."""
    wanted = {"roles": role, "is_active": True, "_id": {"$nin": sorted(barred)}}
    people = work.db[organisation.STAFF].find(wanted, {"team_id": 1}).sort("_id", 1)
    team_of: dict[str, str | None] = {one["_id"]: one.get("team_id") async for one in people}
    near = [team["_id"] for team in await _teams_above(work, owner_id)]
    return min(
        team_of,
        key=lambda one: near.index(team_of[one]) if team_of[one] in near else len(near),
        default=None,
    )


async def _teams_above(work: Work, staff_id: str) -> list[Document]:
    """The team somebody is in, and those above it."""
    person = await work.document(organisation.STAFF, staff_id)
    team_id = None if person is None else person.get("team_id")
    teams: list[Document] = []
    while team_id and len(teams) < HIGHEST:
        team = await work.document(organisation.TEAMS, team_id)
        if team is None:
            break
        teams.append(team)
        team_id = team.get("parent_id")
    return teams
