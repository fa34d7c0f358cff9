"""Reading the funnel: which sums a caller may add up, and what they come to."""

import asyncio
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis import organisation
from chassis.door import Reading
from chassis.mongo import Database, Document
from chassis.problems import CHINESE, ENGLISH, Unavailable
from chassis.scopes import Scope

from pipeline.funnel.model import ALL, LINE, MONTH, NONE, OWNER, SHARED, STAGE, TEAM, Sums
from pipeline.funnel.store import BY_HOLDER, BY_TEAM, CELLS, CONTROL, FIRST, FUNNEL
from pipeline.opportunities.lists import regions_of_teams
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.store import OPPORTUNITIES, UNCOUNTED

MOST_ROWS = 200
_FIELDS = {
    "owner": "owner",
    "team": "team",
    "region": "team",
    "product_line": "key",
    "month": "key",
    "template": "template",
}
_IS_OPEN = {"$eq": ["$_id.status", "open"]}
_LOOK_SECONDS = 0.03
_NOT_YET = {CHINESE: "漏斗尚未统计到该写入", ENGLISH: "the funnel has not counted that write yet"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which deals to sum: all of them by default. At most one of `line` and `month`."""

    template: str | None = None
    owner_id: str | None = None
    team_id: str | None = None
    region: str | None = None
    product_line: str | None = None
    month: str | None = None


Place = tuple[str, str, int, str]
"""Template, status, stage, currency."""


@dataclass
class Row:
    """The sums of one value of the dimension, by place."""

    key: str | None
    name: str | None = None
    places: dict[Place, Sums] = field(default_factory=dict)

    def add(self, place: Place, sums: Sums) -> None:
        self.places[place] = self.places.get(place, Sums()).plus(sums)


async def funnel_rows(
    reader: Reading, asked: Asked, group_by: str | None, *, limit: int = MOST_ROWS
) -> list[Row]:
    """One row for each value of the dimension (one with no key for none), the largest first."""
    scope = await reader.scope("opportunities:read")
    control = await reader.document(CONTROL, FUNNEL)
    regions = await regions_of_teams(reader.db) if asked.region or group_by == "region" else {}
    matching = {
        "generation": control["active"] if control else FIRST,
        "dimension": _dimension(asked, group_by),
        **_key(asked),
        **_template(asked),
    }
    sources = _sources(scope, asked, group_by, regions)
    # Rows of several sources, or of several teams, come together only here.
    at_once = limit if len(sources) == 1 and group_by != "region" else None
    found = await asyncio.gather(
        *(_summed(reader.db, matching | source, group_by, at_once) for source in sources)
    )
    rows: dict[str | None, Row] = {}
    for group in itertools.chain.from_iterable(found):
        key = _row_key(group["_id"], group_by, regions)
        row = rows.setdefault(key, Row(key=key))
        for place in group["places"]:
            where = (place["template"], place["status"], place["stage"], place["currency"])
            row.add(where, Sums(place["deals"], place["amount"], place["weighted"]))
    largest = sorted(rows.values(), key=_size, reverse=True)[:limit]
    await _name(reader.db, largest, group_by)
    return largest


async def wait_until_counted(reader: Reading) -> None:
    """Return once the deals of the positions waited for are counted.

    Raises:
        Unavailable: not within the deadline.
    """
    deals = [
        (name.partition(":")[2], sequence)
        for name, sequence in reader.positions()
        if name.partition(":")[0] == Opportunity.TYPE
    ]
    if not deals:
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + reader.core.settings.wait_for_seconds
    waiting = {"_id": {"$in": [deal for deal, _ in deals]}, UNCOUNTED: 1}
    while await reader.db[OPPORTUNITIES.collection].find_one(waiting, {"_id": 1}):
        if loop.time() > deadline:
            raise Unavailable(_NOT_YET)
        await asyncio.sleep(_LOOK_SECONDS)


def _dimension(asked: Asked, group_by: str | None) -> str:
    if asked.product_line is not None or group_by == "product_line":
        return LINE
    if asked.month is not None or group_by == "month":
        return MONTH
    return STAGE


def _key(asked: Asked) -> Document:
    key = asked.product_line if asked.product_line is not None else asked.month
    return {} if key is None else {"key": key}


def _template(asked: Asked) -> Document:
    return {} if asked.template is None else {"template": asked.template}


def _sources(
    scope: Scope, asked: Asked, group_by: str | None, regions: dict[str, str | None]
) -> list[Document]:
    """Sums that together hold each deal in reach exactly once.

    Everybody's, or: those of the teams in reach, one's own outside of them, and what others
    outside of them share. Filters and dimensions are about owner and team, which those sums name.
    """
    wanted: Document = {}
    if asked.owner_id is not None:
        wanted["owner"] = asked.owner_id
    teams = _teams_asked(asked, regions)
    by_owner = asked.owner_id is not None or group_by == "owner"
    of_teams = OWNER if by_owner else TEAM
    if scope.everything:
        if not by_owner and teams is None and group_by not in ("team", "region"):
            return [{"kind": ALL, "holder": NONE}]
        return [{"kind": of_teams, **wanted, **_within(teams)}]
    sources: list[Document] = []
    reach = set(scope.team_ids)
    if scope.staff_id is not None:
        outside = wanted | _within(teams, outside=reach)
        kinds = [OWNER] if scope.level == "own" else [OWNER, SHARED]
        sources += [{"kind": kind, "holder": scope.staff_id, **outside} for kind in kinds]
    if reach:
        seen = reach if teams is None else reach & teams
        sources.append({"kind": of_teams, **wanted, **_within(seen)})
    return sources


def _within(teams: set[str] | None, *, outside: set[str] | None = None) -> Document:
    """A condition on the team of a sum's deals."""
    if teams is not None:
        return {"team": {"$in": sorted(teams - (outside or set()))}}
    return {"team": {"$nin": sorted(outside)}} if outside else {}


def _teams_asked(asked: Asked, regions: dict[str, str | None]) -> set[str] | None:
    if asked.region is not None:
        inside = {team for team, region in regions.items() if region == asked.region}
        return inside if asked.team_id is None else inside & {asked.team_id}
    return None if asked.team_id is None else {asked.team_id}


async def _summed(
    db: Database, matching: Document, group_by: str | None, limit: int | None
) -> list[Document]:
    """One group for each value of the dimension, with its sums by place."""
    value = None if group_by is None else _FIELDS[group_by]
    fields = ["template", "status", "stage", "currency", *([value] if value else [])]
    sums = ("deals", "amount", "weighted")
    places: list[Document] = [
        {"$match": matching},
        {
            "$group": {
                "_id": {name: f"${name}" for name in fields},
                **{name: {"$sum": f"${name}"} for name in sums},
            }
        },
        {"$match": {"deals": {"$ne": 0}}},
        {
            "$group": {
                "_id": f"$_id.{value}" if value else None,
                "worth": {"$sum": {"$cond": [_IS_OPEN, "$amount", 0]}},
                "many": {"$sum": "$deals"},
                "places": {
                    "$push": {name: f"$_id.{name}" for name in fields}
                    | {name: f"${name}" for name in sums}
                },
            }
        },
    ]
    if limit is not None:
        places += [{"$sort": {"worth": -1, "many": -1, "_id": -1}}, {"$limit": limit}]
    is_by_team = "holder" not in matching and "team" in matching
    cursor = await db[CELLS].aggregate(places, hint=BY_TEAM if is_by_team else BY_HOLDER)
    return await cursor.to_list()


def _row_key(value: str | None, group_by: str | None, regions: dict[str, str | None]) -> str | None:
    if group_by == "region":
        return regions.get(value or "")
    return None if value == NONE else value


async def _name(db: Database, rows: list[Row], group_by: str | None) -> None:
    collection = {"owner": organisation.STAFF, "team": organisation.TEAMS}.get(group_by or "")
    if collection is None:
        return
    keys = [row.key for row in rows if row.key]
    found = db[collection].find({"_id": {"$in": keys}}, {"name": 1})
    names = {document["_id"]: document["name"] async for document in found}
    for row in rows:
        row.name = names.get(row.key or "")


def _size(row: Row) -> tuple[Decimal, int, str]:
    """What is open counts; then how many there are."""
    open_worth = sum(
        (sums.amount for (_, status, _, _), sums in row.places.items() if status == "open"),
        Decimal(0),
    )
    return open_worth, sum(sums.deals for sums in row.places.values()), row.key or ""


def shown_places(places: dict[Place, Sums]) -> dict[str, Any]:
    """Sums by place as one dictionary per stage of the open deals, and one for each other state."""
    by_status: dict[str, dict[Place, Sums]] = {}
    for place, sums in places.items():
        by_status.setdefault(place[1], {})[place] = sums
    stages = sorted({place[2] for place in by_status.get("open", {})})
    return {
        "open": told(by_status.get("open", {})),
        "stages": [
            {"number": number}
            | told({p: s for p, s in by_status["open"].items() if p[2] == number})
            for number in stages
        ],
        **{status: told(by_status.get(status, {})) for status in ("parked", "won", "lost")},
    }


def told(places: dict[Place, Sums]) -> dict[str, Any]:
    """How many, and what they are worth in each currency."""
    worth: dict[str, Sums] = {}
    for (_, _, _, currency), sums in places.items():
        worth[currency] = worth.get(currency, Sums()).plus(sums)
    return {
        "count": sum(sums.deals for sums in worth.values()),
        "amounts": [
            {
                "currency": currency,
                "amount": str(sums.amount.quantize(Decimal("0.01"))),
                "weighted": str(sums.weighted.quantize(Decimal("0.01"))),
            }
            for currency, sums in sorted(worth.items())
            if currency != NONE
        ],
    }
