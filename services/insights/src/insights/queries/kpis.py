"""Pipeline figures, read from cells: whole months and the days at the edges, never deals."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from chassis.lists import Asked, lists_of
from chassis.mongo import Database, Document
from contracts.topics import events_topic

from insights import store
from insights.fold.cells import ALL, CENTS, DAYS, STAGE, Sum, owner_scope, unescaped
from insights.fold.money import amount_of
from insights.stream import generations

CENT = Decimal("0.01")
RATIO = Decimal("0.0001")
DEALS = events_topic("pipeline")
_DAYS, _STAGE = DAYS.rstrip(":"), STAGE.rstrip(":")

DEFINITIONS: tuple[dict[str, str], ...] = (
    {
        "name": "total",
        "zh": "商机数",
        "en": "opportunities",
        "formula": "count of opportunities opened; each in exactly one row",
    },
    {
        "name": "open",
        "zh": "进行中",
        "en": "open opportunities",
        "formula": "neither won nor lost; parked ones are open",
    },
    {"name": "won", "zh": "成交数", "en": "won", "formula": "count of won"},
    {"name": "lost", "zh": "丢单数", "en": "lost", "formula": "count of lost"},
    {
        "name": "won_amount",
        "zh": "成交金额",
        "en": "won amount",
        "formula": "sum of the amounts signed for, without tax",
    },
    {
        "name": "win_rate",
        "zh": "赢单率",
        "en": "win rate",
        "formula": "won ÷ (won + lost), four decimals; none while nothing is closed",
    },
    {
        "name": "average_won_amount",
        "zh": "平均成交金额",
        "en": "average won amount",
        "formula": "won_amount ÷ won",
    },
    {
        "name": "median_days_to_close",
        "zh": "成交周期中位数（天）",
        "en": "median days to close",
        "formula": "median of closing date − opening date over closed ones that have both",
    },
)


class Question(NamedTuple):
    """What is asked: which cells, grouped how, in which currency."""

    generation: int
    scopes: tuple[str, ...]
    group_by: str
    since: date | None
    until: date | None
    currency: str


class Answer(NamedTuple):
    """Rows in order, and the whole."""

    rows: list[tuple[str | None, dict[str, Any]]]
    overall: dict[str, Any]


class Remembered:
    """Answers, each with the offsets that it was true for.

    Cells and offsets change in the same transactions: while the offsets of deals are the same, so
    is every answer.
    """

    MOST = 200

    def __init__(self) -> None:
        self._answers: dict[Question, tuple[dict[str, int], Answer]] = {}

    async def answer(self, db: Database, question: Question) -> Answer:
        # Asked before the cells are read: cells that are newer than it says do no harm.
        offsets = await generations.stored_offsets(db, question.generation, DEALS)
        known = self._answers.pop(question, None)
        if known is None or known[0] != offsets:
            known = offsets, await _answer(db, question)
        self._answers[question] = known
        while len(self._answers) > self.MOST:
            del self._answers[next(iter(self._answers))]
        return known[1]


async def _answer(db: Database, question: Question) -> Answer:
    rows = await sums_by(
        db,
        question.generation,
        question.scopes,
        question.group_by,
        question.since,
        question.until,
    )
    currency = question.currency
    return Answer(
        [
            (unescaped(key), figures(counters, currency))
            for key, counters in in_order(rows, question.group_by, currency)
        ],
        figures(overall(rows.values()), currency),
    )


def bucket_ranges(since: date | None, until: date | None) -> list[tuple[str, str]]:
    """First and last bucket of each run of cells that make up `[since, until)`: half-open."""
    if since is None and until is None:
        return [(ALL, ALL)]
    first, end = since or date.min, until or date.max
    if first >= end:
        return []
    whole_from = first if first.day == 1 else _next_month(first)
    whole_until = end.replace(day=1)
    last = end - timedelta(days=1)
    if whole_from >= whole_until:
        return [(_day(first), _day(last))]
    ranges = [(_month(whole_from), _month(whole_until - timedelta(days=1)))]
    if first < whole_from:
        ranges.append((_day(first), _day(whole_from - timedelta(days=1))))
    if whole_until <= last:
        ranges.append((_day(whole_until), _day(last)))
    return ranges


async def sums_by(
    db: Database,
    generation: int,
    scopes: Iterable[str],
    group_by: str,
    since: date | None,
    until: date | None,
) -> dict[str, Sum]:
    """The sum of each row, over all partitions and the cells of the range."""
    wanted: list[Document] = [
        {
            "_id": {
                "$gte": f"{generation}|{scope}|{first}|",
                "$lt": f"{generation}|{scope}|{last}|\uffff",
            }
        }
        for scope in scopes
        for first, last in bucket_ranges(since, until)
    ]
    if not wanted:
        return {}
    query = wanted[0] if len(wanted) == 1 else {"$or": wanted}
    found = store.plain(db, store.CELLS).find(
        query, {"_id": 0, f"dims.{group_by}": 1}, batch_size=10_000
    )
    rows: dict[str, Sum] = {}
    for cell in await found.to_list():
        for key, counters in cell.get("dims", {}).get(group_by, {}).items():
            row = rows.get(key)
            if row is None:
                rows[key] = counters
            else:
                _add_up(row, counters)
    return rows


def figures(counters: Sum, currency: str) -> dict[str, Any]:
    """One row as it is shown: amounts as decimal strings, a ratio with four decimals."""
    days: list[tuple[int, int]] = []
    stages: dict[str, int] = {}
    amounts: dict[str, Decimal] = {}
    for name, count in counters.items():
        kind, is_listed, of = name.partition(":")
        if not is_listed:
            continue
        if kind == _DAYS:
            days.append((int(of), count))
        elif kind == _STAGE:
            stages[unescaped(of) or ""] = count
        else:
            amounts[unescaped(of) or ""] = amount_of(store.whole(count))
    won, lost = counters.get("won", 0), counters.get("lost", 0)
    amount = amounts.pop(currency, amount_of(0))
    shown = {
        "total": counters.get("total", 0),
        "open": counters.get("open", 0),
        "won": won,
        "lost": lost,
        "won_amount": str(amount),
        "win_rate": _ratio(won, won + lost),
        "average_won_amount": (
            str((amount / won).quantize(CENT, ROUND_HALF_EVEN)) if won else None
        ),
        "median_days_to_close": median(days),
        "open_by_stage": dict(sorted(stages.items())),
    }
    if amounts:
        # Money of another currency is told apart, never added.
        others = {code: str(other) for code, other in sorted(amounts.items())}
        shown["won_in_other_currencies"] = others
    return shown


def overall(rows: Iterable[Sum]) -> Sum:
    """Every deal is in exactly one row, so the whole is the sum of the rows."""
    whole: Sum = {}
    for row in rows:
        _add_up(whole, row)
    return whole


def median(days: list[tuple[int, int]]) -> int | float | None:
    """Of days that are told as (days, how many)."""
    days.sort()
    counted = sum(count for _, count in days)
    if not counted:
        return None
    lower, upper = _nth(days, (counted - 1) // 2), _nth(days, counted // 2)
    middle = (lower + upper) / 2
    return int(middle) if middle.is_integer() else middle


def in_order(rows: dict[str, Sum], group_by: str, currency: str) -> list[tuple[str, Sum]]:
    """Months by time, others by won amount, largest first; those without a key at the end."""

    def rank(row: tuple[str, Sum]) -> tuple[bool, int, str]:
        key, counters = row
        cents = 0 if group_by == "month" else store.whole(counters.get(CENTS + currency, 0))
        return unescaped(key) is None, -cents, key

    return sorted(rows.items(), key=rank)


async def names(
    db: Database, generation: int, group_by: str, keys: Iterable[str]
) -> dict[str, str]:
    """Names of keys, from what events told."""
    wanted = list(keys)
    if group_by in ("owner", "team"):
        copies = db["staff_copy" if group_by == "owner" else "team_copy"]
        found = copies.find({"_id": {"$in": wanted}}, {"name": 1})
        return {one["_id"]: one["name"] async for one in found}
    if group_by in ("product", "customer"):
        states = await lists_of(db).read(
            Asked(
                store.STATES,
                {"kind": group_by, "subject": {"$in": wanted}, "generation": generation},
                [("subject", 1)],
                max(1, len(wanted)),
                ("subject", "name"),
            )
        )
        return {one["subject"]: one.get("name", "") for one in states}
    return {key: key for key in wanted}


def scopes_of(owners: Iterable[str] | None) -> list[str]:
    """The cells a reader may read: all, or those of the owners in sight."""
    return [ALL] if owners is None else [owner_scope(owner) for owner in sorted(owners)]


def _add_up(into: Sum, counters: Sum) -> None:
    get = into.get
    for name, count in counters.items():
        already = get(name)
        if already is None:
            into[name] = count
        elif type(already) is int and type(count) is int:
            into[name] = already + count
        else:
            into[name] = store.whole(already) + store.whole(count)


def _nth(days: list[tuple[int, int]], position: int) -> int:
    for value, count in days:
        if position < count:
            return value
        position -= count
    raise IndexError(position)


def _ratio(part: int, whole: int) -> str | None:
    if not whole:
        return None
    return str((Decimal(part) / whole).quantize(RATIO, ROUND_HALF_EVEN))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month(day: date) -> str:
    return "m" + day.isoformat()[:7]


def _day(day: date) -> str:
    return "d" + day.isoformat()
