"""Who may do what to which records: callers, grants, and the scopes they resolve to.

Tokens say who; what a role may do, and how far (own < shared < team < below < all), is data of
the gateway; how far that reaches is resolved here, against the local copy of the organisation.
A scope is part of every query, never a filter afterwards.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chassis.facts import Aggregate
from chassis.mongo import Database, Document
from chassis.problems import CHINESE, ENGLISH, Forbidden, NotFound

LEVELS = ("own", "shared", "team", "below", "all")
Grants = Mapping[str, Mapping[str, str]]
TREE_SECONDS = 1.0


class Caller(NamedTuple):
    """Who asks: an account, and the member of staff it belongs to, if any."""

    sub: str
    staff_id: str | None
    roles: tuple[str, ...]
    session_id: str = ""
    language: str = CHINESE

    @property
    def actor(self) -> str:
        return f"staff:{self.staff_id}" if self.staff_id else f"account:{self.sub}"


def granted_level(grants: Grants, roles: tuple[str, ...], action: str) -> str | None:
    """The widest level that any of the roles has for `<collection>:<verb>`."""
    collection, _, verb = action.partition(":")
    names = (action, f"{collection}:*", f"*:{verb}", "*:*")
    widest = None
    for role in roles:
        table = grants.get(role, {})
        level = next((table[name] for name in names if name in table), None)
        if level is not None and (widest is None or LEVELS.index(level) > LEVELS.index(widest)):
            widest = level
    return widest


@dataclass(frozen=True)
class Scope:
    """The records that one caller may do one thing to."""

    level: str
    staff_id: str | None
    team_ids: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        return self.level == "all"

    def filter(self) -> Document:
        """The condition that belongs into every query."""
        if self.everything:
            return {}
        ways: list[Document] = [{"owner_id": self.staff_id or "-"}]
        if self.level != "own":
            ways.append({"collaborator_ids": self.staff_id or "-"})
        if self.team_ids:
            ways.append({"team_id": {"$in": sorted(self.team_ids)}})
        return ways[0] if len(ways) == 1 else {"$or": ways}

    def allows(self, record: Aggregate | Mapping[str, Any]) -> bool:
        if self.everything:
            return True
        owner, team, shared_with = _rights(record)
        if self.staff_id is not None:
            if owner == self.staff_id:
                return True
            if self.level != "own" and self.staff_id in shared_with:
                return True
        return team is not None and team in self.team_ids

    def require(self, record: Aggregate, *, seen: "Scope | None" = None) -> None:
        """Go on only with a record in this scope.

        Raises:
            Forbidden: it may be seen (by `seen`), but not this.
            NotFound: it may not be seen either.
        """
        if self.allows(record):
            return
        if seen is not None and seen.allows(record):
            raise Forbidden
        raise NotFound(record.TYPE, record.id)


def _rights(
    record: Aggregate | Mapping[str, Any],
) -> tuple[str | None, str | None, list[str]]:
    if isinstance(record, Aggregate):
        return record.owner_id, record.team_id, record.collaborator_ids
    return (
        record.get("owner_id"),
        record.get("team_id"),
        record.get("collaborator_ids") or [],
    )


class Tree:
    """The organisation as a tree of teams, read from the local copy at most once a second."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._read_at = float("-inf")
        self._children: dict[str | None, list[str]] = {}
        self._led: dict[str, list[str]] = {}
        self._team_of: dict[str, str | None] = {}
        self._leader_of: dict[str, str] = {}

    async def refresh(self) -> None:
        if time.monotonic() - self._read_at < TREE_SECONDS:
            return
        children: dict[str | None, list[str]] = defaultdict(list)
        led: dict[str, list[str]] = defaultdict(list)
        leader_of: dict[str, str] = {}
        async for team in self._db["team_copy"].find({}, {"parent_id": 1, "leader_id": 1}):
            children[team.get("parent_id")].append(team["_id"])
            if team.get("leader_id"):
                led[team["leader_id"]].append(team["_id"])
                leader_of[team["_id"]] = team["leader_id"]
        team_of: dict[str, str | None] = {}
        async for staff in self._db["staff_copy"].find({}, {"team_id": 1}):
            team_of[staff["_id"]] = staff.get("team_id")
        self._children, self._led, self._team_of = children, led, team_of
        self._leader_of = leader_of
        self._read_at = time.monotonic()

    def forget(self) -> None:
        """Read it anew the next time: the organisation has just changed here."""
        self._read_at = float("-inf")

    async def team_of(self, staff_id: str) -> str | None:
        await self.refresh()
        return self._team_of.get(staff_id)

    async def members(self, team_ids: frozenset[str]) -> set[str]:
        """The staff whose own team is one of `team_ids`."""
        await self.refresh()
        return {staff for staff, team in self._team_of.items() if team in team_ids}

    async def reports(self, staff_id: str) -> set[str]:
        """Those whose direct superior this is: in the teams led, and leaders of those under them.

        A team that nobody leads belongs to whoever leads the one above it.
        """
        await self.refresh()
        waiting, teams, found = list(self._led.get(staff_id, ())), set[str](), set[str]()
        while waiting:
            team = waiting.pop()
            if team in teams:
                continue
            teams.add(team)
            for child in self._children.get(team, ()):
                leader = self._leader_of.get(child)
                if leader is None:
                    waiting.append(child)
                elif leader != staff_id:
                    found.add(leader)
        found |= {one for one, team_id in self._team_of.items() if team_id in teams}
        return found - {staff_id}

    async def below(self, staff_id: str) -> frozenset[str]:
        """The teams that somebody leads, with all under them; own team's, if leading none."""
        await self.refresh()
        own = self._team_of.get(staff_id)
        waiting = list(self._led.get(staff_id) or ([own] if own else []))
        found: set[str] = set()
        while waiting:
            team = waiting.pop()
            if team not in found:
                found.add(team)
                waiting.extend(self._children.get(team, ()))
        return frozenset(found)


async def resolve(grants: Grants, tree: Tree, caller: Caller, action: str) -> Scope:
    """What `caller` may do `action` to.

    Raises:
        Forbidden: no role of the caller's has the right.
    """
    level = granted_level(grants, caller.roles, action)
    if level is None:
        raise Forbidden({CHINESE: f"没有权限：{action}", ENGLISH: f"you have no right to {action}"})
    teams: frozenset[str] = frozenset()
    if caller.staff_id is not None:
        if level == "team":
            own = await tree.team_of(caller.staff_id)
            teams = frozenset([own]) if own else frozenset()
        elif level == "below":
            teams = await tree.below(caller.staff_id)
    return Scope(level, caller.staff_id, teams)
