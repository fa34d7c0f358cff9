"""Reading staff."""

from typing import Any

from chassis import organisation
from chassis.facts import Aggregate
from chassis.mongo import Database
from chassis.organisation import Stamp
from chassis.pages import Page, page
from chassis.problems import CHINESE, ENGLISH, FieldError, Forbidden, NotFound, ValidationFailed
from chassis.scopes import Scope
from chassis.work import Work

from field.staff.model import Staff
from field.staff.store import STAFF


async def post_of(work: Work, staff_id: str, pointer: str = "/staff_id") -> Stamp:
    """Where somebody works today: what their records are stamped with.

    Raises:
        ValidationFailed: nobody here has that id.
    """
    post = await organisation.stamp(work, staff_id)
    if not post.exists:
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
    return post


async def own_post(work: Work) -> Stamp:
    """The caller's own.

    Raises:
        Forbidden: the caller is no member of staff.
    """
    if work.caller is None or work.caller.staff_id is None:
        raise Forbidden(
            {CHINESE: "该账号不对应员工", ENGLISH: "this account belongs to no member of staff"}
        )
    return await post_of(work, work.caller.staff_id)


def require_owner(work: Work, record: Aggregate, seen: Scope) -> None:
    """Go on only with a record of the caller's own.

    Raises:
        Forbidden: it is somebody else's, and may be seen (by `seen`).
        NotFound: it may not be seen either.
    """
    if work.caller is not None and record.owner_id == work.caller.staff_id:
        return
    if seen.allows(record):
        raise Forbidden
    raise NotFound(record.TYPE, record.id)


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
