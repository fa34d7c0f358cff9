"""Pages of a list: keyset cursors, so that page 1,000 costs what page 1 does.

`page` leaves the way to the database. `merged_page` is for lists that have to be quick among very
many: each way to a row is read from the keys of the index it names, the ways are merged, and only
the rows of the page are looked up.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec
from pymongo.errors import ExecutionTimeout

from chassis.lists import Asked, lists_of
from chassis.mongo import Collection, Document
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed

T = TypeVar("T")
DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
LONGEST_MS = 2_000


class TooBroad(Refused):
    """Too many rows would have to be tried for too few that match."""

    slug, status, is_rule = "too-broad", 422, False
    titles: ClassVar[Text] = {
        CHINESE: "筛选范围过大，请增加状态、负责人或时间等条件",
        ENGLISH: "Too broad: add a status, an owner or a time to the filters",
    }


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
    _require_bounded(limit)
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


class Way(NamedTuple):
    """One way to rows of a list: what matches, and the index that has it in order."""

    matching: Document
    index_name: str


async def merged_page(
    collection: Collection,
    ways: Sequence[Way],
    *,
    within: Document,
    sort: str,
    is_descending: bool = True,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    decode: Callable[[Document], T],
) -> Page[T]:
    """The next `limit` documents that some way leads to, by `sort` and then by id.

    `within` is judged once more when the documents are read, since keys are read before them.

    Raises:
        ValidationFailed: the cursor is not one of ours, or `limit` is out of bounds.
    """
    _require_bounded(limit)
    rows: list[Document] = []
    for part in _after(sort, is_descending, _read(cursor, sort)) if cursor else [{}]:
        left = limit + 1 - len(rows)
        found = await asyncio.gather(
            *(_rows(collection, way, part, sort, is_descending, left) for way in ways)
        )
        merged = {row["_id"]: row for each in found for row in each}
        ordered = sorted(merged.values(), key=lambda row: _place(row, sort), reverse=is_descending)
        rows += ordered[:left]
        if len(rows) > limit:
            break
    return await _looked_up(collection, rows, within, sort, limit, decode)


class Sorting(NamedTuple):
    field: str
    is_descending: bool


async def cut(
    collection: Collection,
    rows: Sequence[Document],
    *,
    within: Document,
    order: Sorting,
    limit: int,
    cursor: str | None,
    decode: Callable[[Document], T],
) -> Page[T]:
    """A page of rows that are all at hand (ids, and what they are sorted by), in this order."""
    _require_bounded(limit)
    sort, is_descending = order
    left = list(rows)
    if cursor:
        value, identifier = _read(cursor, sort)
        last = (value is not None, 0 if value is None else value, identifier)
        left = [row for row in left if (_place(row, sort) < last) == is_descending]
        left = [row for row in left if row["_id"] != identifier]
    left.sort(key=lambda row: _place(row, sort), reverse=is_descending)
    return await _looked_up(collection, left[: limit + 1], within, sort, limit, decode)


async def _looked_up(
    collection: Collection,
    rows: list[Document],
    within: Document,
    sort: str,
    limit: int,
    decode: Callable[[Document], T],
) -> Page[T]:
    following = None
    if len(rows) > limit:
        rows.pop()
        following = _write(sort, rows[-1])
    wanted: Document = {"_id": {"$in": [row["_id"] for row in rows]}}
    matching = {"$and": [wanted, within]} if within else wanted
    known = {row["_id"]: row async for row in collection.find(matching)} if rows else {}
    return Page([decode(known[row["_id"]]) for row in rows if row["_id"] in known], following)


async def _rows(
    collection: Collection, way: Way, part: Document, sort: str, is_descending: bool, limit: int
) -> list[Document]:
    """Ids and what they are sorted by, from the keys of the way's index alone where it has all."""
    direction = -1 if is_descending else 1
    conditions = [one for one in (way.matching, part) if one]
    query: Document = {"$and": conditions} if len(conditions) > 1 else (conditions or [{}])[0]
    found = collection.find(query, {"_id": 1, sort: 1}).hint(way.index_name)
    found = found.sort([(sort, direction), ("_id", direction)]).limit(limit)
    try:
        return await found.max_time_ms(LONGEST_MS).to_list()
    except ExecutionTimeout as slow:
        raise TooBroad from slow


def _place(row: Document, sort: str) -> tuple[bool, Any, str]:
    """Missing values below everything else, as the database has them."""
    value = _value(row, sort)
    return value is not None, 0 if value is None else value, row["_id"]


def _require_bounded(limit: int) -> None:
    if not 1 <= limit <= LARGEST_LIMIT:
        raise ValidationFailed(
            FieldError(
                "/limit",
                "out-of-bounds",
                {CHINESE: "须在 1 到 200 之间", ENGLISH: "must be between 1 and 200"},
            )
        )


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


def _value(document: Document, path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _write(sort: str, document: Document) -> str:
    tagged = _tagged(_value(document, sort))
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
