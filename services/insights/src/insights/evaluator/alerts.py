"""Firing timers and clearing alerts.

A timer fires once, when its due moment lies before the watermark of every input topic and no mark
says that it was satisfied. A mark that turns up later clears the alert.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from chassis.core import Core
from chassis.work import Work

from insights import commands, store
from insights.model.alerts import CLEARED
from insights.model.policies import AlertRule, alert_rules
from insights.stream import generations
from insights.timers import Satisfied, Timer

_AT_ONCE = 64
_MOST = 2_000


class Firing:
    """Called by the evaluator."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db = core.db

    async def look(self, passed: datetime | None) -> int:
        """Fire what is due, clear what was done after all; how many alerts changed."""
        generation = await generations.active(self._db)
        changed = await self._clear(generation)
        if passed is not None:
            changed += await self._fire(generation, passed)
        return changed

    async def _fire(self, generation: int, passed: datetime) -> int:
        rules = alert_rules()
        fired = 0
        last: str | None = None
        while True:
            keys = await self._due(generation, passed, last)
            if not keys:
                return fired
            last = keys[-1]
            settled = await self._settled(generation, keys)
            waiting = [key for key in keys if key not in settled]
            timers = self._db[store.TIMERS].find(
                {"key": {"$in": waiting}, "generation": generation}
            )
            firing = [
                _raising(timer, rules[timer.rule])
                for timer in [store.timer_of(one) async for one in timers]
                if timer.rule in rules
            ]
            await self._decide(firing)
            fired += len(firing)

    async def _due(self, generation: int, passed: datetime, after: str | None) -> list[str]:
        """Keys of armed timers whose moment has passed, a page of them."""
        query: dict[str, Any] = {"generation": generation, "due_at": {"$lt": passed}}
        if after is not None:
            query["key"] = {"$gt": after}
        found = self._db[store.TIMERS].find(query, {"_id": 0, "key": 1}).sort("key", 1)
        return [one["key"] async for one in found.limit(_MOST)]

    async def _settled(self, generation: int, keys: list[str]) -> set[str]:
        """Those that have fired, or were satisfied by a fact of whatever partition."""
        alerts = self._db[store.ALERTS.collection].find({"_id": {"$in": keys}}, {"_id": 1})
        settled = {one["_id"] async for one in alerts}
        marks = self._db[store.SATISFIED].find(
            {"key": {"$in": keys}, "generation": generation}, {"_id": 0, "key": 1}
        )
        return settled | {one["key"] async for one in marks}

    async def _clear(self, generation: int) -> int:
        """Alerts that still stand, against the marks; and whose they are today."""
        standing = {
            one["_id"]: one.get("owner_id")
            async for one in self._db[store.ALERTS.collection].find(
                {"status": {"$ne": CLEARED}}, {"owner_id": 1}
            )
        }
        changes: list[Callable[[Work], Awaitable[Any]]] = []
        for keys in store.chunks(list(standing)):
            wanted = {"key": {"$in": list(keys)}, "generation": generation}
            marks = self._db[store.SATISFIED].find(wanted)
            changes += [
                _clearing(Satisfied(key=one["key"], by=one["by"], at=one["at"]))
                async for one in marks
            ]
            timers = self._db[store.TIMERS].find(wanted, {"_id": 0, "key": 1, "owner": 1})
            async for one in timers:
                owner = one.get("owner")
                if owner != standing[one["key"]]:
                    changes.append(_handing_over(one["key"], owner))
        await self._decide(changes)
        return len(changes)

    async def _decide(self, decisions: list[Callable[[Work], Awaitable[Any]]]) -> None:
        for some in store.chunks(decisions, _AT_ONCE):
            await asyncio.gather(*(self._core.commits.run(decide) for decide in some))


def _raising(timer: Timer, rule: AlertRule) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.raise_alert(work, timer, rule)


def _clearing(mark: Satisfied) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.clear_alert(work, mark)


def _handing_over(alert: str, owner: str | None) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: commands.hand_over(work, store.ALERTS.collection, alert, owner)
