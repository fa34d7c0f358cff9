"""Statements of account over HTTP: `/statements`."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader, Reading
from chassis.http import MoneyIn, RequestModel
from chassis.pages import page
from chassis.problems import ValidationFailed
from fastapi import APIRouter, Query, Response

from pipeline import copies
from pipeline.requests import Cursor, Day, Identifier, IdPath, IdQuery, Limit, Reason
from pipeline.statements import commands
from pipeline.statements.model import Balance, Movement, Statement, balanced
from pipeline.statements.store import STATEMENTS, balances_before, movements_within
from pipeline.views import decimal_view, money_view
from pipeline.whose import require_customer

router = APIRouter(tags=["statements"])
Status = Literal["issued", "confirmed", "disputed"]


class StatementIn(RequestModel):
    """Both days are included."""

    customer_id: Identifier
    first_on: Day
    last_on: Day


class ConfirmIn(RequestModel):
    """Who of the customer's people agreed, and when."""

    contact_id: Identifier | None = None
    on: Day | None = None


class DisputeIn(ConfirmIn):
    """`difference`: what the customer's books have more (or, below zero, less) than ours."""

    reason: Reason
    difference: MoneyIn | None = None


def statement_view(statement: Statement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "version": statement.version,
        "customer_id": statement.customer_id,
        "owner_id": statement.owner_id,
        "team_id": statement.team_id,
        "first_on": statement.first_on,
        "last_on": statement.last_on,
        "issued_at": statement.issued_at,
        "balances": [_balance_view(one) for one in statement.balances],
        "status": statement.status,
        "contact_id": statement.contact_id,
        "answered_on": statement.answered_on,
        "reason": statement.reason,
        "difference": money_view(statement.difference),
    }


@router.post("/statements", status_code=201)
async def issue_statement(body: StatementIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.issue_statement(
            work, customer_id=body.customer_id, first_on=body.first_on, last_on=body.last_on
        ),
        shown=statement_view,
        created="/statements",
    )


@router.get("/statements")
async def list_statements(
    reader: Reader,
    customer_id: IdQuery = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("statements:read")
    asked = {"customer_id": customer_id, "status": status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[STATEMENTS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=STATEMENTS.aggregate,
    )
    return reader.page([statement_view(one) for one in found.items], found.next_cursor)


@router.get("/statements/{statement_or_customer_id}")
async def read_statement(
    statement_or_customer_id: IdPath,
    reader: Reader,
    first: Annotated[date | None, Query(alias="from")] = None,
    end: Annotated[date | None, Query(alias="to")] = None,
) -> Response:
    """One that was issued; with `from` and `to`, a customer's account as it is now.

    From the day `from`, up to but without the day `to`.
    """
    if first is None and end is None:
        return await _issued(reader, statement_or_customer_id)
    if first is None or end is None or first >= end:
        raise ValidationFailed(
            copies.field_error("/to", "not-a-period", "须晚于 from", "is a day after `from`")
        )
    customer_id = statement_or_customer_id
    await require_customer(reader, customer_id, "statements:read")
    last = end - timedelta(days=1)
    moved = await movements_within(reader.db, customer_id, first, last)
    opening = await balances_before(reader.db, customer_id, first)
    return reader.show(
        {
            "customer_id": customer_id,
            "from": first,
            "to": end,
            "balances": [_balance_view(one) for one in balanced(opening, moved)],
            "movements": [_movement_view(one) for one in moved],
        }
    )


@router.post("/statements/{statement_id}/confirm")
async def confirm_statement(statement_id: IdPath, body: ConfirmIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.confirm_statement(
            work, statement_id, on=body.on, contact_id=body.contact_id
        ),
        shown=statement_view,
    )


@router.post("/statements/{statement_id}/dispute")
async def dispute_statement(statement_id: IdPath, body: DisputeIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.dispute_statement(
            work,
            statement_id,
            on=body.on,
            contact_id=body.contact_id,
            reason=body.reason,
            difference=body.difference.value if body.difference else None,
        ),
        shown=statement_view,
    )


async def _issued(reader: Reading, statement_id: str) -> Response:
    """With its lines as they were when it was issued."""
    found = await reader.load(STATEMENTS, statement_id, "statements:read")
    moved = await movements_within(
        reader.db, found.customer_id, found.first_on, found.last_on, until=found.issued_at
    )
    body = statement_view(found) | {"movements": [_movement_view(one) for one in moved]}
    return reader.show(body, version=found.version)


def _balance_view(balance: Balance) -> dict[str, str]:
    return {
        "currency": balance.currency,
        "opening": decimal_view(balance.opening),
        "debit": decimal_view(balance.debit),
        "credit": decimal_view(balance.credit),
        "closing": decimal_view(balance.closing),
    }


def _movement_view(movement: Movement) -> dict[str, Any]:
    return {
        "on": movement.on,
        "kind": movement.kind,
        "about": movement.about,
        "amount": money_view(movement.amount),
        "note": movement.note,
    }
