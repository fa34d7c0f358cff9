"""Reading staff."""

from typing import Any, NamedTuple

from chassis.mongo import Database
from chassis.pages import Page, page
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.scopes import Scope
from chassis.work import Work

from field.projections import STAFF_COPY, TEAM_COPY
from field.staff.model import Staff
from field.staff.store import STAFF


class Post(NamedTuple):
    """Where somebody works today: what their records are stamped with."""

    staff_id: str
    team_id: str | None
    region: str | None


async def post_of(work: Work, staff_id: str, pointer: str = "/staff_id") -> Post:
    """
    Raises:
        ValidationFailed: nobody here has that id.
    """
    person = await work.document(STAFF_COPY, staff_id)
    if person is None or person.get("left_on"):
        raise ValidationFailed(
            FieldError(
                pointer,
                "unknown-id",
                {
                    CHINESE: f"没有员工 {staff_id}",
                    ENGLISH: f"there is no member of staff {staff_id}",
                },
            )
        )
    team_id = person.get("team_id")
    team = await work.document(TEAM_COPY, team_id) if team_id else None
    return Post(staff_id, team_id, team.get("region") if team else None)


async def person_named(db: Database, name: str) -> str | None:
    """The id of the one who is called so; None if nobody, or several, are."""
    found = await db[STAFF.collection].find({"name": name}, {"_id": 1}).limit(2).to_list()
    return found[0]["_id"] if len(found) == 1 else None


async def list_staff(
    db: Database,
    scope: Scope,
    *,
    team_id: str | None,
    role: str | None,
    name: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Staff]:
    conditions: list[dict[str, Any]] = [scope.filter()]
    if team_id:
        conditions.append({"team_id": team_id})
    if role:
        conditions.append({"roles": role})
    if name:
        conditions.append({"name": name})
    return await page(
        db[STAFF.collection],
        {"$and": conditions},
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=STAFF.aggregate,
    )
