"""What can be done with stand-ins."""

from datetime import date

from chassis import organisation
from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.holders import holder_for
from pipeline.stand_ins.model import StandIn, appoint
from pipeline.stand_ins.store import STAND_INS

WRITE = "stand-ins:write"


async def appoint_stand_in(
    work: Work,
    *,
    staff_id: str,
    principal_id: str | None,
    first_on: date,
    last_on: date,
    kinds: list[str],
) -> StandIn:
    """For oneself, or by a superior for somebody of theirs."""
    principal = await holder_for(work, principal_id or acting_staff(work), WRITE)
    person = await work.document(organisation.STAFF, staff_id)
    if person is None or not person["is_active"]:
        raise ValidationFailed(copies.unknown("/staff_id", "在职员工", "active member of staff"))
    return work.add(
        STAND_INS,
        appoint(
            identifier=new_id(),
            principal_id=principal.staff_id,
            staff_id=staff_id,
            first_on=first_on,
            last_on=last_on,
            kinds=sorted(set(kinds)),
            team_id=principal.team_id,
            region=principal.region,
        ),
    )


async def end_stand_in(work: Work, identifier: str) -> StandIn:
    stand_in = await reach(work, STAND_INS, identifier, WRITE)
    stand_in.end((await calendar.workdays(work)).local_date(work.now))
    return stand_in
