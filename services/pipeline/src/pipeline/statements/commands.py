"""What can be done with statements of account: issue one, and note what the customer says."""

from datetime import date

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import reach
from pipeline.credit import accounts
from pipeline.payment_milestones.commands import fall_due
from pipeline.payment_milestones.store import milestones_where
from pipeline.statements.model import Statement, StatementIssued, balanced, closings, openings
from pipeline.statements.store import STATEMENTS, balances_before, movements_within
from pipeline.whose import rights_over


async def issue_statement(
    work: Work, *, customer_id: str, first_on: date, last_on: date
) -> Statement:
    """Of days that are over, or of today so far.

    Raises:
        ValidationFailed: an unknown customer, days the wrong way round or to come.
    """
    rights = await rights_over(work, customer_id, "statements:issue")
    if not first_on <= last_on <= work.today:
        raise ValidationFailed(
            copies.field_error(
                "/last_on", "not-a-period", "须不早于起始日且不晚于今天", "from first_on to today"
            )
        )
    await accounts.hold(work, customer_id)
    moved = await movements_within(work.db, customer_id, first_on, last_on)
    statement = Statement(
        id=new_id(),
        key=customer_id,
        owner_id=rights.owner_id,
        team_id=rights.team_id,
        region=rights.region,
        collaborator_ids=rights.collaborator_ids,
        customer_id=customer_id,
        first_on=first_on,
        last_on=last_on,
        issued_at=work.now,
        balances=balanced(await balances_before(work.db, customer_id, first_on), moved),
    )
    statement.record(
        StatementIssued(opening=openings(statement.balances), closing=closings(statement.balances))
    )
    return work.add(STATEMENTS, statement)


async def confirm_statement(
    work: Work, identifier: str, *, on: date | None, contact_id: str | None
) -> Statement:
    """The customer agrees: what is to be paid once accounts are agreed 月结 falls due."""
    statement = await reach(work, STATEMENTS, identifier, "statements:confirm")
    day = await _answered(work, statement, on, contact_id)
    statement.confirm(day, contact_id)
    await accounts.hold(work, statement.customer_id)
    waiting = {"customer_id": statement.customer_id, "status": "planned", "trigger": "statement"}
    for milestone in await milestones_where(work, waiting):
        await fall_due(work, milestone, day)
    return statement


async def dispute_statement(
    work: Work,
    identifier: str,
    *,
    on: date | None,
    contact_id: str | None,
    reason: str,
    difference: Money | None,
) -> Statement:
    statement = await reach(work, STATEMENTS, identifier, "statements:dispute")
    day = await _answered(work, statement, on, contact_id)
    statement.dispute(day, contact_id, reason, difference)
    return statement


async def _answered(
    work: Work, statement: Statement, on: date | None, contact_id: str | None
) -> date:
    """The day, which lies between the statement's last and today; by a contact of the customer."""
    if contact_id is not None:
        known = await work.document(copies.CONTACTS, contact_id)
        if known is None or known.get("customer_id") != statement.customer_id:
            raise ValidationFailed(
                copies.unknown("/contact_id", "该客户的联系人", "contact of the customer")
            )
    day = on or work.today
    if not statement.last_on <= day <= work.today:
        raise ValidationFailed(
            copies.field_error(
                "/on", "out-of-bounds", "须在截止日与今天之间", "between the last day and today"
            )
        )
    return day
