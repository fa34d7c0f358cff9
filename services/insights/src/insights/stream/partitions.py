"""One partition of one input topic in one generation: its place, and its states in memory.

Memory is a cache of what the database holds, dropped whenever that could be untrue (a lost fence,
an aborted transaction, a revoked partition). It is bounded: what was used longest ago goes first.
"""

from typing import Any

from aiokafka import TopicPartition

from insights.fold.cells import ALL, Cell
from insights.fold.revenue import RevenueMonth
from insights.fold.steps import State

Place = tuple[str, str]
MOST_KEPT = 400


class Partition:
    """`next` is the offset that the stored effects end before."""

    def __init__(self, generation: int, at: TopicPartition, next_offset: int, epoch: int) -> None:
        self.generation = generation
        self.at = at
        self.next = next_offset
        self.epoch = epoch
        self.source = source_of(at)
        self.most_kept = MOST_KEPT
        self.states: dict[str, State] = {}
        self.cells: dict[Place, Cell] = {}
        self.revenue: dict[Place, RevenueMonth] = {}
        # What the present round changes, to be written.
        self.touched_cells: set[Place] = set()
        self.touched_revenue: set[Place] = set()
        # At the very beginning nothing is stored, so nothing has to be looked for.
        self.is_complete = next_offset == 0

    @property
    def offset_id(self) -> str:
        return f"{self.generation}|{self.source}"

    def id_of(self, name: str) -> str:
        """Of a state, a timer, a mark."""
        return f"{self.generation}|{self.source}|{name}"

    def place_id(self, place: Place) -> str:
        """Of a cell or a month of revenue: readers find them by place, over all partitions."""
        return f"{self.generation}|{place[0]}|{place[1]}|{self.source}"

    def forget(self) -> None:
        self.states.clear()
        self.cells.clear()
        self.revenue.clear()
        self.touched_cells.clear()
        self.touched_revenue.clear()
        self.is_complete = False

    def rest(self) -> None:
        """Nothing happens here: keep only the cells that every event changes."""
        kept = {
            place: cell
            for place, cell in self.cells.items()
            if place[0] == ALL and not place[1].startswith("d")
        }
        self.forget()
        self.cells = kept

    def trim(self) -> None:
        caches: tuple[dict[Any, Any], ...] = (self.states, self.cells, self.revenue)
        for cache in caches:
            while len(cache) > self.most_kept:
                del cache[next(iter(cache))]
                self.is_complete = False


def source_of(at: TopicPartition) -> str:
    return f"{at.topic}:{at.partition}"
