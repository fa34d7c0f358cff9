"""Lists, gathered: those asked for while others are under way go out together, in one query.

The same idea as group commit and gathered look-ups. Nobody waits for company: a few lists are
read at once, each by itself; only what comes on top of them is put together, up to sixteen, each
a branch of one aggregation that ends in its own array, so that order and limit are its own.
"""

import asyncio
from collections import deque
from typing import Any, NamedTuple

from chassis.mongo import Database, Document

MOST_UNDER_WAY = 3
MOST_TOGETHER = 16
Order = list[tuple[str, int]]


class Asked(NamedTuple):
    """One list: which collection, what matches, in which order, how many, which fields.

    `fields` are names at the top; none means all, and `_id` is always there.
    """

    collection: str
    matching: Document
    order: Order
    limit: int
    fields: tuple[str, ...] = ()

    def branch(self, number: int) -> list[Document]:
        stages: list[Document] = [
            {"$match": self.matching},
            {"$sort": dict(self.order)},
            {"$limit": self.limit},
        ]
        # Not by `$project`: MongoDB 6.0 forgets it where `$$ROOT` is pushed after it.
        shown: Any = {one: f"${one}" for one in ("_id", *self.fields)} if self.fields else "$$ROOT"
        return [*stages, {"$group": {"_id": number, "found": {"$push": shown}}}]


_Waiting = tuple[Asked, asyncio.Future[list[Document]]]


class Lists:
    """Reads lists of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[_Waiting] = deque()
        self._readers: set[asyncio.Task[None]] = set()

    async def read(self, asked: Asked) -> list[Document]:
        """What matches, read after this was called.

        Raises:
            PyMongoError: the database's, about this list.
        """
        found: asyncio.Future[list[Document]] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, found))
        if len(self._readers) < MOST_UNDER_WAY:
            reader = asyncio.create_task(self._read_waiting(), name="lists")
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
        return await found

    async def _read_waiting(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), MOST_TOGETHER)
            group = [self._waiting.popleft() for _ in range(count)]
            try:
                found = await self._together([asked for asked, _ in group])
            except Exception:
                # The group is taken apart: only the culprit's reader hears of it.
                for one in group:
                    await self._alone(one)
                continue
            for (_, future), documents in zip(group, found, strict=True):
                if not future.done():
                    future.set_result(documents)

    async def _together(self, group: list[Asked]) -> list[list[Document]]:
        if len(group) == 1:
            return [await self._find(group[0])]
        first, *others = group
        pipeline = first.branch(0) + [
            {"$unionWith": {"coll": one.collection, "pipeline": one.branch(number)}}
            for number, one in enumerate(others, start=1)
        ]
        cursor = await self._db[first.collection].aggregate(pipeline)
        branches = {one["_id"]: one["found"] for one in await cursor.to_list()}
        return [branches.get(number, []) for number in range(len(group))]

    async def _find(self, asked: Asked) -> list[Document]:
        fields = dict.fromkeys(asked.fields, 1) or None
        found = self._db[asked.collection].find(asked.matching, fields)
        return await found.sort(asked.order).limit(asked.limit).to_list()

    async def _alone(self, waiting: _Waiting) -> None:
        asked, future = waiting
        try:
            documents = await self._find(asked)
        except Exception as error:
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(documents)


# By identity: two clients' databases of one name are equal, but one of them may be closed.
_known: dict[int, Lists] = {}


def lists_of(db: Database) -> Lists:
    """The one that reads this database's lists in this process."""
    found = _known.get(id(db))
    if found is None:
        found = _known[id(db)] = Lists(db)
    return found
