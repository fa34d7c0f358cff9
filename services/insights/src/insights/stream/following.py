"""Reading one's own writes: a reader waits until the fold has stored what it wrote elsewhere.

Also both doors as one, for whoever brings messages by hand instead of through Kafka.
"""

import asyncio
import contextlib
from collections.abc import Iterable

from aiokafka import TopicPartition
from chassis.commits import Commits
from chassis.core import Core
from chassis.intake import Intake, Subscription
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, Unavailable
from chassis.received import Message
from contracts.envelope import BY_NAME
from contracts.topics import PARTITIONS

from insights import store
from insights.fold.steps import KINDS
from insights.stream import generations
from insights.stream.folder import Folder
from insights.stream.partitions import Partition

_POLL = 0.05
_TOPIC_OF = {kind.aggregate: kind.topic for kind in BY_NAME.values()}


class Followed:
    """Positions in the fold's states; those of other aggregates are the ordinary consumer's."""

    def __init__(self, core: Core, others: Intake) -> None:
        self._db: Database = core.db
        self._others = others
        self._news = asyncio.Event()

    def folded(self) -> None:
        """A round has just become durable: look again."""
        self._news.set()

    async def wait_for(self, positions: list[tuple[str, int]], seconds: float) -> None:
        """Return once every `(<type>:<id>, sequence)` has taken effect here.

        Raises:
            ValidationFailed: an aggregate of a type that is not followed.
            Unavailable: not within `seconds`, or (at once) one of them is held.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        waiting: dict[str, int] = {}
        others = []
        for reference, sequence in positions:
            if reference.partition(":")[0] in KINDS:
                waiting[reference] = max(sequence, waiting.get(reference, 0))
            else:
                others.append((reference, sequence))
        if others:
            await self._others.positions.wait_for(others, seconds)
        generation = await generations.active(self._db)
        while waiting:
            self._news.clear()
            waiting = await self._unseen(generation, waiting)
            left = deadline - asyncio.get_running_loop().time()
            if waiting and left <= 0:
                raise Unavailable(_NOT_YET)
            if waiting:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), min(left, _POLL))

    async def _unseen(self, generation: int, waiting: dict[str, int]) -> dict[str, int]:
        ids = [
            f"{generation}|{_TOPIC_OF[reference.partition(':')[0]]}:{number}|{reference}"
            for reference in waiting
            for number in range(PARTITIONS)
        ]
        seen: dict[str, int] = {}
        for some in store.chunks(ids):
            found = self._db[store.STATES].find({"_id": {"$in": some}}, {"seq": 1, "waiting": 1})
            async for state in found:
                reference = state["_id"].split("|", 2)[2]
                seen[reference] = state.get("seq", 0)
                if state.get("waiting") and seen[reference] < waiting[reference]:
                    raise Unavailable(_HELD, retry_after=30)
        return {
            name: sequence for name, sequence in waiting.items() if seen.get(name, 0) < sequence
        }


class ByHand(Intake):
    """Takes messages as if both the ordinary consumer and the stream had read them."""

    def __init__(
        self,
        core: Core,
        commits: Commits,
        subscriptions: Iterable[Subscription],
        folder: Folder,
    ) -> None:
        super().__init__(core.name, commits, subscriptions)
        self._db = core.db
        self._folder = folder
        self._partitions: dict[TopicPartition, Partition] = {}
        for topic in generations.INPUTS:
            self.followed.setdefault(topic, frozenset())

    async def take(self, messages: list[Message]) -> None:
        await super().take(messages)
        rounds: dict[Partition, list[store.Again]] = {}
        for message in sorted(messages, key=lambda one: one.offset):
            at = TopicPartition(message.topic, message.partition)
            rounds.setdefault(await self._partition(at), []).append(store.Again(message))
        await self._folder.take(rounds)

    @property
    def partitions(self) -> list[Partition]:
        """Owned here, as far as anybody brought messages of them."""
        return list(self._partitions.values())

    async def _partition(self, at: TopicPartition) -> Partition:
        generation = await generations.active(self._db)
        known = self._partitions.get(at)
        if known is None or known.generation != generation:
            opened = await generations.open_partitions(self._db, generation, [at])
            known = self._partitions[at] = opened[at]
        return known


_NOT_YET = {CHINESE: "尚未同步到此处", ENGLISH: "that write has not arrived here yet"}
_HELD = {
    CHINESE: "该事件已被搁置，等待处理",
    ENGLISH: "that event is held here until somebody looks after it",
}
