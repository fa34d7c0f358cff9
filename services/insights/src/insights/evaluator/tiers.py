"""Ranking customers into tiers, and closing days, once everything is folded."""

import asyncio
import calendar
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from chassis.clock import local_date
from chassis.core import Core
from chassis.mongo import Document
from chassis.work import Work
from pymongo import DeleteOne, ReplaceOne

from insights import commands, store
from insights.evaluator.measuring import Customers, measure
from insights.model.policies import TierPolicy, tier_policy
from insights.model.ranking import Standing, rank, window
from insights.stream import generations

_log = structlog.get_logger()
CLOSED = "tiers"
_AT_ONCE = 64


class Ranking:
    """Called by the evaluator; remembers what it ranked last, so that quiet costs nothing."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db = core.db
        self._currency = core.settings.currency
        self._ranked: tuple[Any, ...] = ()

    async def look(self, now: datetime, passed: datetime | None) -> bool:
        """Close the days that are over, then rank if anything changed; whether it did."""
        generation = await generations.active(self._db)
        offsets = await generations.stored_offsets(self._db, generation)
        today = local_date(now, self._core.settings.timezone)
        policy = tier_policy()
        seen = (generation, tuple(sorted(offsets.items())), today, policy.version)
        has_closed = await self._close_days(generation, policy, today, passed)
        if seen == self._ranked and not has_closed:
            return False
        await self._rank(generation, policy, today)
        self._ranked = seen
        return True

    async def _rank(self, generation: int, policy: TierPolicy, today: date) -> None:
        customers, standings = await self._standings(generation, policy, today)
        tiers = await self._tiers()
        changed: list[Callable[[Work], Awaitable[Any]]] = []
        for customer, standing in standings.items():
            owner = customers.owners[customer]
            tier = tiers.get(customer)
            if tier is None or _would_change(tier, standing, policy):
                changed.append(_ranking(standing, owner, policy, today, self._currency))
            if tier is not None and tier.get("owner_id") != owner:
                changed.append(_handing_over(customer, owner))
        await self._decide(changed)
        await self._show(standings, policy, today)

    async def _close_days(
        self, generation: int, policy: TierPolicy, today: date, passed: datetime | None
    ) -> bool:
        """Days end in order, each when nothing recorded in it is still to come."""
        control = await self._db[store.CONTROL].find_one({"_id": CLOSED})
        yesterday = today - timedelta(days=1)
        if control is None:
            # Nothing was held before the first day.
            await self._closed(yesterday)
            return False
        day = date.fromisoformat(control["closed_on"]) + timedelta(days=1)
        if day > yesterday or passed is None:
            return False
        complete = local_date(passed, self._core.settings.timezone)
        has_closed = False
        while day <= yesterday and day < complete:
            await self._close(generation, policy, day)
            await self._closed(day)
            has_closed = True
            day += timedelta(days=1)
        return has_closed

    async def _close(self, generation: int, policy: TierPolicy, day: date) -> None:
        customers, standings = await self._standings(generation, policy, day)
        tiers = await self._tiers()
        is_month_end = day.day == calendar.monthrange(day.year, day.month)[1]
        await self._decide(
            _closing(standing, customers.owners[name], policy, day, self._currency, is_month_end)
            for name, standing in standings.items()
            if is_month_end or _is_unsettled(tiers.get(name), standing)
        )
        _log.info("tiers.day_closed", day=day.isoformat(), customers=len(standings))

    async def _closed(self, day: date) -> None:
        await self._db[store.CONTROL].replace_one(
            {"_id": CLOSED}, {"_id": CLOSED, "closed_on": day.isoformat()}, upsert=True
        )

    async def _standings(
        self, generation: int, policy: TierPolicy, as_of: date
    ) -> tuple[Customers, dict[str, Standing]]:
        first, last = window(as_of, policy.window_months)
        customers = await measure(self._db, generation, first, last, self._currency)
        return customers, rank(policy, customers.measured, self._currency)

    async def _tiers(self) -> dict[str, Document]:
        fields = dict.fromkeys(("computed", "effective", "held", "owner_id"), 1)
        return {one["_id"]: one async for one in self._db[store.TIERS.collection].find({}, fields)}

    async def _decide(self, decisions: Iterable[Callable[[Work], Awaitable[Any]]]) -> None:
        """Each a unit of work of its own; many at once, so that they commit in groups."""
        waiting = list(decisions)
        for some in store.chunks(waiting, _AT_ONCE):
            await asyncio.gather(*(self._core.commits.run(decide) for decide in some))

    async def _show(self, standings: dict[str, Standing], policy: TierPolicy, as_of: date) -> None:
        """Keep where everybody stands now, for readers: figures, no decisions."""
        shown = {one["_id"]: one async for one in self._db[store.STANDINGS].find()}
        changes: list[ReplaceOne[Document] | DeleteOne] = []
        for customer, standing in standings.items():
            document = {
                "_id": customer,
                "computed": standing.tier,
                "policy": policy.name,
                "policy_version": policy.version,
                "as_of": as_of.isoformat(),
                "inputs": standing.inputs(self._currency, as_of, policy.window_months),
                "reason": standing.reason,
                "reason_zh": standing.reason_zh,
            }
            if shown.get(customer) != document:
                changes.append(ReplaceOne({"_id": customer}, document, upsert=True))
        changes += [DeleteOne({"_id": gone}) for gone in shown.keys() - standings.keys()]
        if changes:
            await self._db[store.STANDINGS].bulk_write(changes, ordered=False)


def _would_change(tier: Document, standing: Standing, policy: TierPolicy) -> bool:
    order = policy.tiers
    held = tier.get("held")
    effective = standing.tier
    if held in order and order.index(held) < order.index(effective):
        effective = held
    return bool((standing.tier, effective) != (tier["computed"], tier["effective"]))


def _is_unsettled(tier: Document | None, standing: Standing) -> bool:
    """Whether closing a day would change anything."""
    if tier is None:
        return True
    return bool(tier["held"] != tier["effective"] or standing.tier != tier["computed"])


def _ranking(
    standing: Standing, owner: str | None, policy: TierPolicy, as_of: date, currency: str
) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.rank_customer(work, standing, owner, policy, as_of, currency)


def _closing(
    standing: Standing,
    owner: str | None,
    policy: TierPolicy,
    day: date,
    currency: str,
    is_month_end: bool,
) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.close_day(
        work, standing, owner, policy, day, currency, is_month_end=is_month_end
    )


def _handing_over(customer: str, owner: str | None) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.hand_over(work, store.TIERS.collection, customer, owner)
