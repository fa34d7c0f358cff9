"""Folding rounds: load what the records need, step through, store it all in one transaction.

The transaction holds the changed states, cells, timers and marks of every slice of the round and
moves each partition's stored offset from exactly where it was believed to be. If one is elsewhere,
somebody else has folded on: nothing of the round is stored, and the memory is dropped.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence

import pymongo
import structlog
from chassis.failpoints import failpoint
from chassis.mongo import Client, Database
from chassis.sessions import own_session
from pymongo.asynchronous.client_session import AsyncClientSession

from insights import store
from insights.fold.inputs import Door, Record
from insights.fold.steps import KINDS
from insights.stream.operations import Operations, operations, remember
from insights.stream.partitions import Partition
from insights.stream.slices import Slice
from insights.stream.sums import sum_up

_log = structlog.get_logger()
TRANSACTION_SECONDS = 60
TRIES = 3
MANY = 500
LANES = 4
Rounds = Mapping[Partition, Sequence[Record]]


class Fenced(Exception):
    """A partition's stored offset is not where it was believed to be."""


class Folder:
    """Folds rounds of records; `folded` is told after each, when it is durable, how far its
    aggregates are now.

    `writer` names the process that folds, so that its successor can end what its death left open.
    """

    def __init__(
        self,
        client: Client,
        db: Database,
        folded: Callable[[Mapping[str, int]], None] = lambda _: None,
        *,
        writer: str | None = None,
    ) -> None:
        self._client = client
        self._db = db
        self._door = Door(frozenset(KINDS))
        self._folded = folded
        self._writer = writer
        self._sessions: dict[int, AsyncClientSession] = {}
        self.skipped: set[str] = set()

    async def take(self, rounds: Rounds) -> None:
        """Fold and store; afterwards each partition's `next` is past its records.

        A large round goes in several transactions side by side: one folds while others commit.

        Raises:
            Fenced: somebody else folded one of these partitions on; its memory is dropped.
            PyMongoError: MongoDB was the trouble; likewise.
        """
        if sum(len(records) for records in rounds.values()) < MANY:
            await self._take(rounds, 0)
            return
        with _no_collection():
            done = await asyncio.gather(
                *(self._take(lane, number) for number, lane in enumerate(_lanes(rounds))),
                return_exceptions=True,
            )
        for problem in done:
            if problem is not None:
                raise problem

    async def _take(self, rounds: Rounds, lane: int) -> None:
        for attempt in range(TRIES):
            try:
                await self._take_once(rounds, lane)
                return
            except Exception as error:
                if not store.is_of_the_data(error):
                    raise
                _log.warning("stream.round_failed", attempt=attempt, reason=repr(error))
        await self._bisect(rounds, lane)

    async def retry(self, partition: Partition, references: Sequence[str]) -> None:
        """Try again what is kept for these aggregates, at the partition's present place."""
        one = Slice(partition, [], self._door, self.skipped)
        await self._load(one, set(references))
        for reference in references:
            if reference in partition.states:
                one.release(reference)
        await self._store_all([one], 0)

    async def _bisect(self, rounds: Rounds, lane: int) -> None:
        """A record that cannot be stored must not take the others with it."""
        records = [(partition, one) for partition, several in rounds.items() for one in several]
        if len(records) == 1:
            _log.error("stream.poison", source=records[0][0].source, offset=records[0][1].offset)
            await self._take_once(rounds, lane, frozenset([records[0][1].offset]))
            return
        middle = len(records) // 2
        for half in (records[:middle], records[middle:]):
            smaller: dict[Partition, list[Record]] = {}
            for partition, record in half:
                smaller.setdefault(partition, []).append(record)
            await self._take(smaller, lane)

    async def _take_once(
        self, rounds: Rounds, lane: int, poison: frozenset[int] = frozenset()
    ) -> None:
        slices = [
            Slice(partition, records, self._door, self.skipped)
            for partition, records in rounds.items()
        ]
        try:
            for one in slices:
                await self._load(one, one.references())
                one.fold(poison)
        except Exception:
            _forget(slices)
            raise
        await self._store_all(slices, lane)

    async def _load(self, one: Slice, references: set[str]) -> None:
        partition = one.partition
        if partition.is_complete:
            missing = []
        else:
            missing = [name for name in references if name not in partition.states]
        for names in store.chunks(missing):
            ids = {partition.id_of(name): name for name in names}
            async for document in self._db[store.STATES].find({"_id": {"$in": list(ids)}}):
                partition.states[ids[document["_id"]]] = store.state_of(document)
        for name in references:
            state = partition.states.get(name)
            if state is not None and state.waiting:
                one.waiting[name] = await store.waiting_for(self._db, partition.id_of(name))

    async def _store_all(self, slices: list[Slice], lane: int) -> None:
        try:
            for one in slices:
                await sum_up(self._db, one)
            failpoint("stream.before_commit")
            await self._commit(slices, operations(slices), lane)
            failpoint("stream.after_commit")
        except BaseException:
            _forget(slices)
            raise
        for one in slices:
            remember(one)
        self._folded({name: state.seq for one in slices for name, state in one.after.items()})

    async def _commit(self, slices: list[Slice], written: Operations, lane: int) -> None:
        async def write(session: AsyncClientSession) -> None:
            for one in slices:
                await self._move(one, session)
            for collection, several in written.items():
                if several:
                    await self._db[collection].bulk_write(several, ordered=False, session=session)
            failpoint("stream.in_transaction")

        with pymongo.timeout(TRANSACTION_SECONDS):
            if self._writer is None:
                async with self._client.start_session() as session:
                    await session.with_transaction(write)
            else:
                own = await self._own_session(self._writer, lane)
                await own.with_transaction(write)

    async def _own_session(self, writer: str, lane: int) -> AsyncClientSession:
        if lane not in self._sessions:
            self._sessions[lane] = await own_session(self._client, self._db, f"{writer}:{lane}")
        return self._sessions[lane]

    async def _move(self, one: Slice, session: AsyncClientSession) -> None:
        """The fence: only from where this partition was believed to be."""
        partition = one.partition
        moved = await self._db[store.OFFSETS].update_one(
            {"_id": partition.offset_id, "next": partition.next, "is_closed": False},
            {"$set": {"next": one.next, "epoch": one.epoch}},
            session=session,
        )
        if moved.matched_count != 1:
            raise Fenced(partition.offset_id)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """A large round makes a hundred thousand small tables and no cycles: looking for cycles among
    them takes as long as all the rest."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _lanes(rounds: Rounds) -> list[dict[Partition, Sequence[Record]]]:
    """The partitions of a round in a few groups of about the same number of records."""
    lanes: list[dict[Partition, Sequence[Record]]] = [{} for _ in range(LANES)]
    sizes = [0] * LANES
    for partition, records in sorted(rounds.items(), key=lambda one: -len(one[1])):
        lane = sizes.index(min(sizes))
        lanes[lane][partition] = records
        sizes[lane] += len(records)
    return [lane for lane in lanes if lane]


def _forget(slices: list[Slice]) -> None:
    for one in slices:
        one.partition.forget()
