"""Free filters of a list: `field:operator:value`, over a fixed list of fields.

What a list can be filtered by is one table, so that nothing else of a document can be asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chassis.mongo import Document
from chassis.problems import FieldError, ValidationFailed

from pipeline.copies import field_error

MOST_FILTERS, MOST_VALUES, LONGEST_VALUE = 10, 50, 200
_SAME = ("eq", "ne", "in", "empty")
_ORDERED = ("eq", "gt", "gte", "lt", "lte", "empty")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Field:
    """Where a field lies in a stored deal, what it holds, and how it can be compared."""

    path: str
    read: Callable[[str], Any]
    operators: tuple[str, ...]


def _decimal(value: str) -> Decimal:
    read = Decimal(value)
    if not read.is_finite() or abs(read) >= Decimal(10) ** 15:
        raise ValueError(value)
    return read


def _aware(value: str) -> datetime:
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _text(path: str) -> Field:
    return Field(path, str, _SAME)


def _day(path: str) -> Field:
    return Field(path, lambda value: date.fromisoformat(value).isoformat(), _ORDERED)


def _moment(path: str) -> Field:
    return Field(path, _aware, _ORDERED)


def _number(path: str) -> Field:
    return Field(path, int, (*_ORDERED, "in"))


def _flag(path: str) -> Field:
    return Field(path, _TRUTH.__getitem__, ("eq",))


FIELDS: dict[str, Field] = {
    "status": _text("status"),
    "template": _text("template"),
    "stage": _number("stage"),
    "owner_id": _text("owner_id"),
    "team_id": _text("team_id"),
    "region": _text("region"),
    "collaborator_id": _text("collaborator_ids"),
    "customer_id": _text("terms.customer_id"),
    "product_id": _text("terms.product_id"),
    "amount": Field("terms.amount.amount", _decimal, _ORDERED),
    "currency": _text("terms.amount.currency"),
    "intent": _text("intent"),
    "forecast_call": _text("terms.forecast_call"),
    "purchase_method": _text("terms.purchase_method"),
    "budget_range": _text("terms.budget_range"),
    "competitor": _text("terms.competitors"),
    "lost_reason": _text("lost_reasons"),
    "winner": _text("winner"),
    "origin": _text("origin"),
    "buyer_stage": _number("buyer_stage"),
    "slips": _number("slips"),
    "is_parked": _flag("is_parked"),
    "is_mid_way": _flag("is_mid_way"),
    "expected_close_on": _day("terms.expected_close_on"),
    "next_step_on": _day("terms.next_step_on"),
    "purchase_on": _day("terms.purchase_on"),
    "opened_on": _day("opened_on"),
    "closed_on": _day("closed_on"),
    "created_at": _moment("created_at"),
    "updated_at": _moment("updated_at"),
    "progressed_at": _moment("progressed_at"),
}


def filtered(asked: Sequence[str]) -> list[Document]:
    """Each filter as a condition on deals.

    Raises:
        ValidationFailed: an unknown field, an operator it does not have, a value that is none.
    """
    if len(asked) > MOST_FILTERS:
        raise ValidationFailed(
            field_error(
                "/where", "too-many", f"最多 {MOST_FILTERS} 个条件", f"at most {MOST_FILTERS}"
            )
        )
    conditions: list[Document] = []
    errors: list[FieldError] = []
    for place, one in enumerate(asked):
        found = _condition(one, f"/where/{place}")
        if isinstance(found, FieldError):
            errors.append(found)
        else:
            conditions.append(found)
    if errors:
        raise ValidationFailed(errors)
    return conditions


def _condition(asked: str, pointer: str) -> Document | FieldError:
    name, _, rest = asked.partition(":")
    operator, _, value = rest.partition(":")
    field = FIELDS.get(name)
    if field is None:
        known = ", ".join(FIELDS)
        return field_error(pointer, "unknown-field", f"可用字段：{known}", f"one of {known}")
    if operator not in field.operators:
        known = ", ".join(field.operators)
        return field_error(
            pointer, "unknown-operator", f"{name} 可用：{known}", f"{name} takes {known}"
        )
    try:
        return {field.path: _comparison(field, operator, value)}
    except (ValueError, KeyError, InvalidOperation):
        return field_error(pointer, "not-a-value", f"不是 {name} 的值", f"not a value of {name}")


def _comparison(field: Field, operator: str, value: str) -> Any:
    if operator == "empty":
        return {"$in": [None, []]} if _TRUTH[value] else {"$nin": [None, []]}
    if operator == "in":
        values = value.split(",")
        if len(values) > MOST_VALUES:
            raise ValueError(value)
        return {"$in": [_read(field, one) for one in values]}
    read = _read(field, value)
    return read if operator == "eq" else {f"${operator}": read}


def _read(field: Field, value: str) -> Any:
    if not 0 < len(value) <= LONGEST_VALUE:
        raise ValueError(value)
    return field.read(value)
