"""Pages of a list: keyset cursors, so that page 1,000 costs what page 1 does."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from chassis.lists import Asked, lists_of
from chassis.mongo import Collection, Document
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

T = TypeVar("T")
DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None


async def page(
    collection: Collection,
    matching: Document,
    *,
    sort: str = "_id",
    is_descending: bool = True,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    decode: Callable[[Document], T],
    projection: Document | None = None,
) -> Page[T]:
    """The next `limit` documents that match, by `sort` and then by id.

    Raises:
        ValidationFailed: the cursor is not one of ours, or `limit` is out of bounds.
    """
    if not 1 <= limit <= LARGEST_LIMIT:
        raise ValidationFailed(
            FieldError(
                "/limit",
                "out-of-bounds",
                {CHINESE: "须在 1 到 200 之间", ENGLISH: "must be between 1 and 200"},
            )
        )
    direction = -1 if is_descending else 1
    order = [(sort, direction)] if sort == "_id" else [(sort, direction), ("_id", direction)]
    documents: list[Document] = []
    for part in _after(sort, is_descending, _read(cursor, sort)) if cursor else [{}]:
        conditions = [one for one in (matching, part) if one]
        query: Document = {"$and": conditions} if len(conditions) > 1 else (conditions or [{}])[0]
        left = limit + 1 - len(documents)
        if projection is None:
            asked = Asked(collection.name, query, order, left)
            documents += await lists_of(collection.database).read(asked)
        else:
            documents += await collection.find(query, projection).sort(order).limit(left).to_list()
        if len(documents) > limit:
            break
    following = None
    if len(documents) > limit:
        documents.pop()
        following = _write(sort, documents[-1])
    return Page([decode(document) for document in documents], following)


def _after(sort: str, is_descending: bool, last: tuple[Any, Any]) -> list[Document]:
    """What comes after a row, as conditions to be read one after the other.

    Each is one range of the index, so that a page far down costs what the first one does; an
    `$or` alone would be tried on every row from the beginning.
    """
    comparison, within = ("$lt", "$lte") if is_descending else ("$gt", "$gte")
    value, identifier = last
    if sort == "_id":
        return [{"_id": {comparison: identifier}}]
    same = {sort: value, "_id": {comparison: identifier}}
    if value is None:
        # Missing values sort below everything else.
        return [same] if is_descending else [same, {sort: {"$ne": None}}]
    rest = {sort: {within: value}, "$or": [{sort: {comparison: value}}, same]}
    return [rest, {sort: None}] if is_descending else [rest]


def _write(sort: str, document: Document) -> str:
    value: Any = document
    for part in sort.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    tagged = _tagged(value)
    raw = msgspec.json.encode([sort, *tagged, document["_id"]])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _tagged(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return "t", value.isoformat()
    if isinstance(value, Decimal):
        return "d", str(value)
    if isinstance(value, date):
        return "s", value.isoformat()
    return "v", value


def _read(cursor: str, sort: str) -> tuple[Any, Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        named, tag, value, identifier = msgspec.json.decode(raw)
        if named != sort or not isinstance(identifier, str) or isinstance(value, dict | list):
            raise ValueError(named)
        if tag == "t":
            value = datetime.fromisoformat(value)
        elif tag == "d":
            value = Decimal(value)
    except (ValueError, TypeError, ArithmeticError, binascii.Error, msgspec.MsgspecError) as bad:
        raise ValidationFailed(
            FieldError(
                "/cursor", "not-a-cursor", {CHINESE: "游标无效", ENGLISH: "not one of our cursors"}
            )
        ) from bad
    return value, identifier
