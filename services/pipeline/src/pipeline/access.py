"""Reaching a record: it is there, and the caller may do this with it."""

from typing import TypeVar

from chassis.facts import Aggregate
from chassis.store import Stored
from chassis.work import Work

A = TypeVar("A", bound=Aggregate)


async def reach(work: Work, stored: Stored[A], identifier: str, action: str) -> A:
    """The aggregate, if the caller may do `action` (`<collection>:<verb>`) to it.

    Raises:
        Forbidden: the caller may see it, but not do this.
        NotFound: there is none, or the caller may not see it.
    """
    scope = await work.scope(action)
    record = await work.load(stored, identifier)
    if not scope.allows(record):
        collection = action.partition(":")[0]
        scope.require(record, seen=await work.scope(f"{collection}:read"))
    return record


def acting_staff(work: Work) -> str:
    """The member of staff who acts; an account that is nobody's has no deals of its own."""
    return (work.caller.staff_id if work.caller else None) or ""
