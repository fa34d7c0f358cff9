"""Reading one's own writes: a reader waits until the fold has stored what it wrote elsewhere.

Also both doors as one, for whoever brings messages by hand instead of through Kafka.
"""

from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition
from chassis.arrivals import Arrivals, Seen
from chassis.commits import Commits
from chassis.core import Core
from chassis.intake import Intake, Subscription
from chassis.mongo import Database
from chassis.received import Message
from contracts.envelope import BY_NAME
from contracts.topics import PARTITIONS

from insights import store
from insights.fold.steps import KINDS
from insights.stream import generations
from insights.stream.folder import Folder
from insights.stream.partitions import Partition

_TOPIC_OF = {kind.aggregate: kind.topic for kind in BY_NAME.values()}


class Followed:
    """Positions in the fold's states; those of other aggregates are the ordinary consumer's."""

    def __init__(self, core: Core, others: Intake) -> None:
        self._db: Database = core.db
        self._others = others
        self._arrivals = Arrivals(self._look)

    def folded(self, sequences: Mapping[str, int]) -> None:
        """A round has just become durable: so far these aggregates are now."""
        self._arrivals.arrived({name: Seen(sequence) for name, sequence in sequences.items()})

    async def wait_for(self, positions: list[tuple[str, int]], seconds: float) -> None:
        """Return once every `(<type>:<id>, sequence)` has taken effect here.

        Raises:
            ValidationFailed: an aggregate of a type that is not followed.
            Unavailable: not within `seconds`, or (at once) one of them is held.
        """
        waiting: dict[str, int] = {}
        others = []
        for reference, sequence in positions:
            if reference.partition(":")[0] in KINDS:
                waiting[reference] = max(sequence, waiting.get(reference, 0))
            else:
                others.append((reference, sequence))
        if others:
            await self._others.positions.wait_for(others, seconds)
        await self._arrivals.wait_for(waiting, seconds)

    async def _look(self, references: list[str]) -> dict[str, Seen]:
        generation = await generations.active(self._db)
        ids = [
            f"{generation}|{_TOPIC_OF[reference.partition(':')[0]]}:{number}|{reference}"
            for reference in references
            for number in range(PARTITIONS)
        ]
        seen: dict[str, Seen] = {}
        for some in store.chunks(ids):
            found = self._db[store.STATES].find({"_id": {"$in": some}}, {"seq": 1, "waiting": 1})
            async for state in found:
                sequence = state.get("seq", 0)
                held_from = sequence + 1 if state.get("waiting") else None
                seen[state["_id"].split("|", 2)[2]] = Seen(sequence, held_from=held_from)
        return seen


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
