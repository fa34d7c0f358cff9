"""Lists of deals: by the fixed dimensions, free filters and words, in everybody's own reach.

However many deals there are, a page costs about its own rows. So every way a deal comes into
somebody's reach (own, shared, of a team) is read by itself, in order, from the keys of the index
made for it (`store`), and the ways are merged.
"""

import itertools
from dataclasses import dataclass, field

from chassis.door import Reading
from chassis.mongo import Collection, Database, Document
from chassis.organisation import TEAMS
from chassis.pages import Page, Sorting, Way, cut, merged_page, page
from chassis.scopes import Scope

from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.store import ANYTHING, OPPORTUNITIES, ORDERS, index_name
from pipeline.products.store import PRODUCTS

SORTS = {
    "progressed_at": "progressed_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "opened_on": "opened_on",
    "closed_on": "closed_on",
    "expected_close_on": "terms.expected_close_on",
    "amount": "terms.amount.amount",
}
SELECTIVE = frozenset({"terms.customer_id", "external_id"})
"""So few deals share these that their own index is the way."""
MOST_NARROW = 1_000
_TEAMS_PER_WAY = 100
_DEEPEST = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which deals: the fixed dimensions, equal fields (`same`), and any further conditions.

    `month` (`2026-03`) is that of the expected close.
    """

    owner_id: str | None = None
    team_id: str | None = None
    region: str | None = None
    template: str | None = None
    product_line: str | None = None
    month: str | None = None
    same: Document = field(default_factory=dict)
    more: list[Document] = field(default_factory=list)


async def opportunities(
    reader: Reading, asked: Asked, *, sort: str, limit: int, cursor: str | None
) -> Page[Opportunity]:
    """Those that match; `sort` names a field, with a minus in front for the greatest first."""
    scope = await reader.scope("opportunities:read")
    order = SORTS[sort.removeprefix("-")]
    about = await about_deals(reader.db, asked)
    deals = reader.db[OPPORTUNITIES.collection]
    is_descending = sort.startswith("-")
    whose = whose_deals(asked)
    if order not in ORDERS or SELECTIVE & asked.same.keys():
        return await page(
            deals,
            all_of([scope.filter(), whose, *about]),
            sort=order,
            is_descending=is_descending,
            limit=limit,
            cursor=cursor,
            decode=OPPORTUNITIES.aggregate,
        )
    is_open = asked.same.get("status") == "open"
    reaches = await ways(reader, scope, asked)
    few = await _few(deals, reaches, about, order)
    if few is not None:
        return await cut(
            deals,
            few,
            within=all_of([scope.filter(), whose]),
            order=Sorting(order, is_descending),
            limit=limit,
            cursor=cursor,
            decode=OPPORTUNITIES.aggregate,
        )
    return await merged_page(
        deals,
        [
            Way(
                all_of([way.matching or {order: ANYTHING}, *about]),
                index_name(way.by, order, is_open=is_open),
            )
            for way in reaches
        ],
        within=all_of([scope.filter(), whose]),
        sort=order,
        is_descending=is_descending,
        limit=limit,
        cursor=cursor,
        decode=OPPORTUNITIES.aggregate,
    )


@dataclass(frozen=True)
class Reach:
    """A way deals are in reach: the field that says so (None: all are), and what it says."""

    by: str | None
    matching: Document


async def ways(reader: Reading, scope: Scope, asked: Asked) -> list[Reach]:
    """The ways that lead to what is asked for; a deal may be on several of them."""
    tree, me = reader.core.tree, scope.staff_id
    teams = await _teams_asked(reader.db, asked)
    owner = asked.owner_id
    if scope.everything:
        if owner is not None:
            return [Reach("owner_id", {"owner_id": owner})]
        return [Reach(None, {})] if teams is None else _of_teams(teams)
    found: list[Reach] = []
    mine = teams is None or (me is not None and await tree.team_of(me) in teams)
    if me is not None and owner in (None, me) and mine:
        found.append(Reach("owner_id", {"owner_id": me}))
    if me is not None and scope.level != "own":
        found.append(Reach("collaborator_ids", {"collaborator_ids": me} | whose_deals(asked)))
    reached = set(scope.team_ids) if teams is None else scope.team_ids & teams
    if owner is None:
        found += _of_teams(reached)
    elif await tree.team_of(owner) in reached:
        found.append(Reach("owner_id", {"owner_id": owner}))
    return found


async def _few(
    deals: Collection, reaches: list[Reach], about: list[Document], order: str
) -> list[Document] | None:
    """All that matches, where one of the ranges asked for is narrow; None where none is.

    A narrow range of one field would be looked for in vain along the order of another.
    """
    for condition in about:
        for path in condition.keys() & ORDERS.keys() - {order}:
            found: dict[str, Document] = {}
            for reach in reaches:
                index = index_name(reach.by, path, is_open=False)
                narrow = all_of([reach.matching, condition])
                left = MOST_NARROW + 1 - len(found)
                if await deals.count_documents(narrow, limit=left, hint=index) == left:
                    break
                matching = all_of([reach.matching, *about])
                rows = deals.find(matching, {"_id": 1, order: 1}).hint(index)
                found |= {row["_id"]: row async for row in rows}
            else:
                return list(found.values())
    return None


async def regions_of_teams(db: Database) -> dict[str, str | None]:
    """Team → region: its own, or that of the nearest team above that has one."""
    teams = {team["_id"]: team async for team in db[TEAMS].find({})}

    def region(team_id: str | None, steps: int = _DEEPEST) -> str | None:
        team = teams.get(team_id or "")
        if team is None or steps == 0:
            return None
        return team.get("region") or region(team.get("parent_id"), steps - 1)

    return {team_id: region(team_id) for team_id in teams}


def all_of(conditions: list[Document]) -> Document:
    said = [one for one in conditions if one]
    return {"$and": said} if len(said) > 1 else (said or [{}])[0]


def _of_teams(teams: set[str] | frozenset[str]) -> list[Reach]:
    """Some teams at a time: the database merges so many ranges of one index, and no more."""
    waiting = iter(sorted(teams))
    chunks = iter(lambda: list(itertools.islice(waiting, _TEAMS_PER_WAY)), [])
    return [Reach("team_id", {"team_id": {"$in": chunk}}) for chunk in chunks]


def whose_deals(asked: Asked) -> Document:
    """Owner, team and region as conditions on the deal itself."""
    named = {"owner_id": asked.owner_id, "team_id": asked.team_id, "region": asked.region}
    return {name: value for name, value in named.items() if value is not None}


async def _teams_asked(db: Database, asked: Asked) -> set[str] | None:
    if asked.region is None:
        return None if asked.team_id is None else {asked.team_id}
    inside = {
        team for team, region in (await regions_of_teams(db)).items() if region == asked.region
    }
    return inside if asked.team_id is None else inside & {asked.team_id}


async def about_deals(db: Database, asked: Asked) -> list[Document]:
    """What is asked of the deals themselves, whosever they are."""
    about: list[Document] = [asked.same, *asked.more]
    if asked.template is not None:
        about.append({"template": asked.template})
    if asked.product_line is not None:
        found = db[PRODUCTS.collection].find({"line": asked.product_line}, {"_id": 1})
        about.append({"terms.product_id": {"$in": [product["_id"] async for product in found]}})
    if asked.month is not None:
        first, last = f"{asked.month}-01", f"{asked.month}-31"
        about.append({"terms.expected_close_on": {"$gte": first, "$lte": last}})
    return about
