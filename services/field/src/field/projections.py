"""What is kept beside the aggregates: the organisation as every service reads it, and copies of
customers and contacts."""

from collections.abc import Sequence
from typing import NamedTuple

from chassis import organisation
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Position

from field.staff.events import profile as staff_profile
from field.staff.model import Staff
from field.teams.events import profile as team_profile
from field.teams.model import Team

CUSTOMER_COPY, CONTACT_COPY = "customer_copy", "contact_copy"
FOLLOWING = ("visit_plans", "visits", "leaves", "tasks")


async def keep_team(work: Work, team: Team) -> None:
    """Here the copy that scopes are resolved by is written with the team itself."""
    await organisation.record_team(
        work, team.id, team_profile(team.description), follow=("staff", *FOLLOWING)
    )


async def keep_staff(work: Work, person: Staff) -> None:
    """As for teams; the person's plans and visits go along to the new team."""
    await organisation.record_staff(
        work,
        person.id,
        staff_profile(person.description),
        is_active=not person.has_left,
        follow=FOLLOWING,
    )


class Mentioned(NamedTuple):
    """The ids that one line of a request mentions, and where it stands."""

    pointer: str
    customer_id: str
    contact_ids: Sequence[str] = ()
    staff_ids: Sequence[str] = ()


async def require_known(work: Work, lines: Sequence[Mentioned]) -> None:
    """
    Raises:
        ValidationFailed: names every customer, contact and colleague that is not known here.
    """
    customers = await work.documents(CUSTOMER_COPY, list({line.customer_id for line in lines}))
    contacts = await work.documents(
        CONTACT_COPY, list({one for line in lines for one in line.contact_ids})
    )
    staff = await work.documents(
        organisation.STAFF, list({one for line in lines for one in line.staff_ids})
    )
    errors = []
    for line in lines:
        if line.customer_id not in customers:
            errors.append(_unknown(f"{line.pointer}/customer_id", line.customer_id))
        for n, contact_id in enumerate(line.contact_ids):
            contact = contacts.get(contact_id)
            if contact is None or contact["customer_id"] != line.customer_id:
                errors.append(_unknown(f"{line.pointer}/contact_ids/{n}", contact_id))
        errors += [
            _unknown(f"{line.pointer}/accompanied_by/{n}", staff_id)
            for n, staff_id in enumerate(line.staff_ids)
            if staff_id not in staff
        ]
    if errors:
        raise ValidationFailed(errors)


async def places_of(work: Work, customer_id: str) -> list[Position]:
    """Where the customer is known to be."""
    customer = await work.document(CUSTOMER_COPY, customer_id)
    return [Position(**place) for place in customer["positions"]] if customer else []


class Names(NamedTuple):
    """What ids are called, for those who read."""

    customers: dict[str, str]
    staff: dict[str, str]


async def names_of(
    db: Database, customer_ids: Sequence[str], staff_ids: Sequence[str | None]
) -> Names:
    return Names(
        await _names(db, CUSTOMER_COPY, list(dict.fromkeys(customer_ids))),
        await _names(db, organisation.STAFF, list(dict.fromkeys(staff_ids))),
    )


async def _names(db: Database, collection: str, ids: Sequence[str | None]) -> dict[str, str]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    found = db[collection].find({"_id": {"$in": wanted}}, {"name": 1})
    return {document["_id"]: document["name"] async for document in found}


def _unknown(pointer: str, identifier: str) -> FieldError:
    return FieldError(
        pointer,
        "unknown-id",
        {CHINESE: f"没有 {identifier}", ENGLISH: f"there is no {identifier}"},
    )
