"""What the rows of a file call people, customers and products, and who they are here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chassis.imports import Row
from chassis.mongo import Database, Document
from chassis.organisation import STAFF, TEAMS

from pipeline.copies import CUSTOMERS
from pipeline.moments import beginning_of
from pipeline.opportunities.model import Holder
from pipeline.products.store import PRODUCTS
from pipeline.templates.model import Process
from pipeline.templates.store import newest

STANDARD = "standard"


@dataclass
class Names:
    """Filled a chunk at a time. `taken` are the ids of deals that exist or are being made."""

    holders: dict[str, Holder] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    moments: dict[date, datetime] = field(default_factory=dict)

    async def look_up(self, db: Database, rows: Sequence[Row]) -> None:
        """One query per kind of name, for those that are not known yet."""
        await self._look_up_staff(db, _new(rows, "owner", self.holders))
        customers = _new(rows, "customer", self.customers)
        await _look_up(db, CUSTOMERS, ("name", "external_id"), customers, self.customers)
        await self._look_up_processes(db, rows)
        products = _new(rows, "product", self.products)
        await _look_up(db, PRODUCTS.collection, ("name", "code"), products, self.products)

    async def _look_up_processes(self, db: Database, rows: Sequence[Row]) -> None:
        for code in {row["template"] or STANDARD for row in rows} - self.processes.keys():
            process = await newest(db, code)
            if process is not None:
                self.processes[code] = process

    def moment(self, on: date, timezone: str) -> datetime:
        """The beginning of a local day."""
        if on not in self.moments:
            self.moments[on] = beginning_of(on, timezone)
        return self.moments[on]

    async def _look_up_staff(self, db: Database, wanted: list[str]) -> None:
        """Staff by name or number, with their team, and the region that it lies in."""
        if not wanted:
            return
        found: dict[str, str] = {}
        await _look_up(db, STAFF, ("name", "staff_number", "external_id"), wanted, found)
        members = db[STAFF].find({"_id": {"$in": list(found.values())}}, {"team_id": 1})
        team_of = {staff["_id"]: staff.get("team_id") async for staff in members}
        teams = {team["_id"]: team async for team in db[TEAMS].find({})}
        for name, staff_id in found.items():
            team_id = team_of[staff_id]
            self.holders[name] = Holder(
                staff_id=staff_id, team_id=team_id, region=_region(teams, team_id)
            )


def _region(teams: dict[str, Document], team_id: str | None) -> str | None:
    """That of the team, or of the nearest one above that has one."""
    seen: set[str] = set()
    while team_id in teams and team_id not in seen:
        seen.add(team_id)
        team = teams[team_id]
        if team.get("region"):
            region: str = team["region"]
            return region
        team_id = team.get("parent_id")
    return None


def _new(rows: Sequence[Row], column: str, known: dict[str, Any]) -> list[str]:
    return sorted({row[column] for row in rows if row[column]} - known.keys())


async def _look_up(
    db: Database, collection: str, ways: tuple[str, ...], wanted: list[str], found: dict[str, str]
) -> None:
    """Ids by any of the given fields, an earlier one before a later one."""
    if not wanted:
        return
    matching = {"$or": [{way: {"$in": wanted}} for way in ways]}
    documents = await db[collection].find(matching, dict.fromkeys(ways, 1)).to_list()
    for way in reversed(ways):
        found.update({d[way]: d["_id"] for d in documents if d.get(way) in wanted})
