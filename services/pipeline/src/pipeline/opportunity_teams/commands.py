"""What can be done with a deal's team. Taking a seat opens the deal and its papers, leaving it
closes them again, in the same unit of work."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis import organisation
from chassis.ids import new_id
from chassis.problems import NotFound, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approval_matrices.model import Ask
from pipeline.approvals.commands import request_approval
from pipeline.approvals.model import APPROVED, Approval, Paper
from pipeline.opportunities.commands import process_of, share_papers
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.opportunity_teams.model import (
    ExecutiveTime,
    Seat,
    Team,
    stages_with,
    team_of,
)
from pipeline.opportunity_teams.store import OPPORTUNITY_TEAMS

KIND, GRANTED = "executive_time", "granted"
ASK, ANSWER = "opportunities:ask-team", "team-requests:answer"


@dataclass(frozen=True, kw_only=True)
class Seated:
    """A seat, and the team it belongs to."""

    team: Team
    seat: Seat


async def request_member(
    work: Work,
    opportunity_id: str,
    role: str,
    *,
    staff_id: str | None,
    stages: list[str] | None,
    note: str | None,
) -> Seated:
    """Ask somebody, or anybody of a role; for all stages from here on, unless some are named."""
    deal = await reach(work, OPPORTUNITIES, opportunity_id, ASK)
    if staff_id is not None:
        await _require_role(work, staff_id, role)
    process = await process_of(work.db, deal)
    seat = Seat(
        id=new_id(),
        role=role,
        stages=stages_with(process, role, deal.stage) if stages is None else stages,
        staff_id=staff_id,
        requested_by=acting_staff(work) or work.actor,
        note=note,
    )
    team = await _team(work, deal)
    return Seated(team=team, seat=team.request(seat, process))


async def accept_seat(work: Work, opportunity_id: str, seat_id: str) -> Seated:
    deal, team = await _asked(work, opportunity_id, seat_id)
    seat = team.accept(seat_id, acting_staff(work), await process_of(work.db, deal))
    _share(work, deal, team)
    return Seated(team=team, seat=seat)


async def decline_seat(work: Work, opportunity_id: str, seat_id: str, reason: str) -> Seated:
    _, team = await _asked(work, opportunity_id, seat_id)
    return Seated(team=team, seat=team.decline(seat_id, acting_staff(work), reason))


async def transfer_seat(
    work: Work, opportunity_id: str, seat_id: str, staff_id: str, note: str | None
) -> Seated:
    """Somebody else is asked to do it instead."""
    _, team = await _asked(work, opportunity_id, seat_id)
    await _require_role(work, staff_id, team.seat(seat_id).role)
    seat = team.transfer(seat_id, staff_id, identifier=new_id(), note=note)
    return Seated(team=team, seat=seat)


async def leave_seat(work: Work, opportunity_id: str, seat_id: str, reason: str | None) -> Seated:
    """Of one's own will; or whoever may ask people into the team takes them out of it."""
    team = await work.find(OPPORTUNITY_TEAMS, opportunity_id)
    if team is not None and team.seat(seat_id).staff_id == acting_staff(work):
        deal, team = await _asked(work, opportunity_id, seat_id)
    else:
        deal = await reach(work, OPPORTUNITIES, opportunity_id, ASK)
        team = await _team(work, deal)
    seat = team.leave(seat_id, reason)
    _share(work, deal, team)
    return Seated(team=team, seat=seat)


async def apply_for_executive_time(
    work: Work,
    opportunity_id: str,
    *,
    hours: Decimal,
    purpose: str,
    staff_id: str | None,
    on: date | None,
) -> Team:
    """Ask for an executive's hours; the matrix says who grants them, else the direct superior."""
    deal = await reach(work, OPPORTUNITIES, opportunity_id, ASK)
    if staff_id is not None:
        await _require_role(work, staff_id, "executive")
    time = ExecutiveTime(id=new_id(), hours=hours, purpose=purpose, staff_id=staff_id, on=on)
    team = await _team(work, deal)
    team.apply_for_time(time)
    paper = Paper(
        kind=KIND,
        id=time.id,
        fingerprint=time.fingerprint,
        title=f"高层时间 {hours} 小时 · {deal.terms.name}",
        opportunity_id=deal.id,
        customer_id=deal.customer_id,
        owner_id=deal.owner_id or "",
    )
    await request_approval(work, paper, purpose, at_least=[Ask(line=1)])
    return team


async def take_decision(work: Work, approval: Approval) -> None:
    """What came of an application for executive time; told in its own unit of work."""
    team = await work.load(OPPORTUNITY_TEAMS, approval.opportunity_id or "")
    approval.require_unchanged(team.time(approval.paper_id).fingerprint)
    outcome = GRANTED if approval.outcome == APPROVED else approval.outcome or ""
    team.decide_time(approval.paper_id, outcome, approval.decided_by, approval.comment)


async def _asked(work: Work, opportunity_id: str, seat_id: str) -> tuple[Opportunity, Team]:
    """The deal and its team, for whoever the seat is or was offered to; nobody else hears of it.

    Whoever is asked does not see the deal yet, so that its rights are no measure.
    """
    await work.scope(ANSWER)
    team = await work.find(OPPORTUNITY_TEAMS, opportunity_id)
    if team is None:
        raise NotFound("team_seat", seat_id)
    seat, me = team.seat(seat_id), acting_staff(work)
    roles = work.caller.roles if work.caller else ()
    is_for_me = seat.staff_id == me if seat.staff_id is not None else seat.role in roles
    if not me or not is_for_me:
        raise NotFound("team_seat", seat_id)
    return await work.load(OPPORTUNITIES, opportunity_id), team


async def _team(work: Work, deal: Opportunity) -> Team:
    team = await work.find(OPPORTUNITY_TEAMS, deal.id)
    return work.add(OPPORTUNITY_TEAMS, team_of(deal)) if team is None else team


def _share(work: Work, deal: Opportunity, team: Team) -> None:
    shared_with = list(deal.collaborator_ids)
    deal.seat_members(team.members)
    if deal.collaborator_ids != shared_with:
        share_papers(work, deal)


async def _require_role(work: Work, staff_id: str, role: str) -> None:
    person = await work.document(organisation.STAFF, staff_id)
    if person is None or not person["is_active"] or role not in (person.get("roles") or ()):
        raise ValidationFailed(copies.unknown("/staff_id", "该角色的人员", "member of staff of it"))
