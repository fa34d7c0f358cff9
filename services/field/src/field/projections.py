"""What is kept beside the aggregates: the organisation as every service reads it, and copies of
customers and contacts."""

from chassis.work import Work

from field.staff.model import Staff
from field.teams.model import Team

STAFF_COPY, TEAM_COPY = "staff_copy", "team_copy"
CUSTOMER_COPY, CONTACT_COPY = "customer_copy", "contact_copy"


def keep_team(work: Work, team: Team) -> None:
    """Here the copy that scopes are resolved by is written with the team itself."""
    work.put(
        TEAM_COPY,
        {
            "_id": team.id,
            "name": team.name,
            "kind": team.kind.value,
            "parent_id": team.parent_id,
            "leader_id": team.leader_id,
            "region": team.region,
            "external_id": team.external_id,
        },
    )


def keep_staff(work: Work, person: Staff) -> None:
    """As for teams; what the person owns follows in the same unit of work."""
    work.put(
        STAFF_COPY,
        {
            "_id": person.id,
            "name": person.name,
            "team_id": person.team_id,
            "region": person.region,
            "roles": person.roles,
            "staff_number": person.staff_number,
            "external_id": person.external_id,
            "left_on": person.left_on.isoformat() if person.left_on else None,
        },
    )


def bring_records_along(work: Work, person: Staff) -> None:
    """Plans and visits follow their owner into the new team."""
    for collection in ("visit_plans", "visits"):
        work.update_many(
            collection,
            {"owner_id": person.id},
            {"$set": {"team_id": person.team_id, "region": person.region}},
        )
