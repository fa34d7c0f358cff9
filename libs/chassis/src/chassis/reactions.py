"""What follows from facts within the service that recorded them, in the same unit of work.

A table from the kind of aggregate to what looks at the facts it recorded. Whoever records the fact
need not know of it, and cannot forget it: a clock that is set back by progress is set back by
every progress, at the door, in a consumer and at a timer alike.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chassis.facts import Aggregate, Recorded
from chassis.work import Work

Reaction = Callable[[Work, Any, list[Recorded]], Awaitable[None]]
ReactionTable = Mapping[type[Aggregate], Sequence[Reaction]]


async def react(work: Work, table: ReactionTable) -> None:
    """Tell each reaction the facts it was not told yet, also those that reactions record.

    Like handlers, reactions read by id only: one unit may hold a whole slice of events.
    """
    told: Counter[str] = Counter()
    while fresh := [one for one in _listened(work, table) if len(one.recorded) > told[_name(one)]]:
        for aggregate in fresh:
            facts = aggregate.recorded[told[_name(aggregate)] :]
            told[_name(aggregate)] = len(aggregate.recorded)
            for reaction in table[type(aggregate)]:
                await reaction(work, aggregate, facts)


def _listened(work: Work, table: ReactionTable) -> list[Aggregate]:
    return [aggregate for aggregate in work.aggregates() if type(aggregate) in table]


def _name(aggregate: Aggregate) -> str:
    return aggregate.reference
