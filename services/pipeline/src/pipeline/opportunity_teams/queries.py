"""Reading a deal's team with its people's names, and what somebody is asked to join."""

from typing import Any

from chassis import organisation
from chassis.mongo import Database, Document
from chassis.pages import Page, page

from pipeline.opportunities.commands import process_of
from pipeline.opportunities.model import OWNERS_ROLE, Member, Opportunity
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.opportunity_teams.model import REQUESTED, Seat, Team, lead_of, team_of
from pipeline.opportunity_teams.store import OPPORTUNITY_TEAMS
from pipeline.templates.model import Stage
from pipeline.views import plain


async def team_view(db: Database, deal: Opportunity) -> dict[str, Any]:
    """Who leads each stage, by name, and who has which duty there; roles that nobody took."""
    kept = await db[OPPORTUNITY_TEAMS.collection].find_one({"_id": deal.id})
    team = team_of(deal) if kept is None else OPPORTUNITY_TEAMS.aggregate(kept)
    process = await process_of(db, deal)
    names = await _names(db, [deal.owner_id, *(seat.staff_id for seat in team.seats)])
    return {
        "opportunity_id": deal.id,
        "version": team.version,
        "stage": process.stage(deal.stage).code,
        "lead": _lead(process.stage(deal.stage), deal, names),
        "stages": [_stage(stage, deal, names) for stage in process.stages],
        "seats": [seat_view(seat) | _named(seat.staff_id, names) for seat in team.seats],
        "roles_missing": deal.roles_missing(process, deal.stage + 1),
        "executive_time": [plain(time) for time in team.executive_time],
        "credit_shares": [plain(share) for share in deal.credit_shares],
        "are_shares_fixed": deal.are_shares_fixed,
    }


async def asked_of(
    db: Database, staff_id: str, roles: tuple[str, ...], *, limit: int, cursor: str | None
) -> Page[dict[str, Any]]:
    """Seats that wait for somebody's answer: offered by name, or to one of the roles they have.

    Nothing of the deal is told but its name and its owner's: it is not theirs yet.
    """
    mine = {"status": REQUESTED, "staff_id": staff_id}
    open_to_me = {"status": REQUESTED, "staff_id": None, "role": {"$in": list(roles)}}
    found = await page(
        db[OPPORTUNITY_TEAMS.collection],
        {"$or": [{"seats": {"$elemMatch": mine}}, {"seats": {"$elemMatch": open_to_me}}]},
        limit=limit,
        cursor=cursor,
        decode=OPPORTUNITY_TEAMS.aggregate,
    )
    deals = await _deals(db, [team.id for team in found.items])
    names = await _names(db, [deal.owner_id for deal in deals.values()])
    shown = [_asked(team, deals[team.id], names, staff_id, roles) for team in found.items]
    return Page(shown, found.next_cursor)


def seat_view(seat: Seat) -> dict[str, Any]:
    shown: dict[str, Any] = plain(seat)
    return shown


def _asked(
    team: Team,
    deal: Opportunity,
    names: dict[str, str],
    staff_id: str,
    roles: tuple[str, ...],
) -> dict[str, Any]:
    waiting = [seat for seat in team.seats if seat.status == REQUESTED]
    offered = [
        seat
        for seat in waiting
        if seat.staff_id == staff_id or (seat.staff_id is None and seat.role in roles)
    ]
    return {
        "opportunity_id": team.id,
        "name": deal.terms.name,
        "owner": {"staff_id": deal.owner_id, **_named(deal.owner_id, names)},
        "seats": [seat_view(seat) for seat in offered],
    }


def _stage(stage: Stage, deal: Opportunity, names: dict[str, str]) -> dict[str, Any]:
    return {
        "number": stage.number,
        "code": stage.code,
        "zh": stage.zh,
        "en": stage.en,
        "lead": _lead(stage, deal, names),
        "duties": [
            {
                "role": role,
                "duty": duty,
                "members": [
                    {"staff_id": staff_id, **_named(staff_id, names)}
                    for staff_id in _holding(stage.code, role, deal)
                ],
            }
            for role, duty in stage.duties.items()
        ],
    }


def _holding(code: str, role: str, deal: Opportunity) -> list[str]:
    if role == OWNERS_ROLE:
        return [deal.owner_id] if deal.owner_id else []
    members: list[Member] = deal.members
    return [one.staff_id for one in members if one.role == role and code in one.stages]


def _lead(stage: Stage, deal: Opportunity, names: dict[str, str]) -> dict[str, Any]:
    lead = lead_of(stage, deal.members, deal.owner_id)
    return plain(lead) | _named(lead.staff_id, names)


def _named(staff_id: str | None, names: dict[str, str]) -> dict[str, Any]:
    return {"name": names.get(staff_id or "")}


async def _names(db: Database, staff_ids: list[str | None]) -> dict[str, str]:
    wanted = sorted({one for one in staff_ids if one})
    found = db[organisation.STAFF].find({"_id": {"$in": wanted}}, {"name": 1})
    return {person["_id"]: person["name"] async for person in found}


async def _deals(db: Database, identifiers: list[str]) -> dict[str, Opportunity]:
    wanted: Document = {"_id": {"$in": identifiers}}
    found = db[OPPORTUNITIES.collection].find(wanted)
    return {document["_id"]: OPPORTUNITIES.aggregate(document) async for document in found}
