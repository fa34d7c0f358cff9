"""Folding one partition's records of one round: what is next is applied, what is not is kept.

Needs the states of its aggregates in memory (`Folder` loads them first); touches no database.
"""

from collections.abc import Sequence
from typing import Any

from chassis.received import message_of

from insights.fold.inputs import Door, Input, Record, Unreadable, epoch_of
from insights.fold.steps import State, Unfoldable, begin, passed_over, step, with_waiting
from insights.store import Waiting
from insights.stream.partitions import Partition
from insights.timers import Satisfied

GAP, POISON, BEHIND = "gap", "poison", "behind"


class Slice:
    """`before` and `after` are the states of every aggregate touched."""

    def __init__(
        self, partition: Partition, records: Sequence[Record], door: Door, skipped: set[str]
    ) -> None:
        self.partition = partition
        self._door = door
        self._skipped = skipped
        new = [record for record in records if record.offset >= partition.next]
        self.next = new[-1].offset + 1 if new else partition.next
        self.epoch = max(partition.epoch, epoch_of(new[-1])) if new else partition.epoch
        self.inputs: list[tuple[Record, Input | Unreadable]] = []
        for record in new:
            event = door.read(record)
            if event is not None:
                self.inputs.append((record, event))
        self.before: dict[str, State] = {}
        self.after: dict[str, State] = {}
        self.marks: dict[str, Satisfied] = {}
        self.waiting: dict[str, dict[int, Waiting]] = {}
        self.held: dict[str, Waiting] = {}
        self.released: set[str] = set()

    def references(self) -> set[str]:
        """The aggregates whose states are needed."""
        return {event.reference for _, event in self.inputs if isinstance(event, Input)}

    def fold(self, poison: frozenset[int] = frozenset()) -> None:
        """`poison` are offsets of records that are known to break what comes after the fold."""
        for record, event in self.inputs:
            if isinstance(event, Unreadable):
                self._keep_unreadable(record, event.reason)
            else:
                self._take(record, event, record.offset in poison)

    def release(self, reference: str) -> None:
        """Apply what waited for the event that was applied last."""
        waiting = self.waiting.get(reference)
        if not waiting:
            return
        while True:
            state = self._state(reference)
            for passed in [sequence for sequence in waiting if sequence <= state.seq]:
                self._let_go(waiting.pop(passed))
            following = waiting.get(state.seq + 1)
            if following is None:
                if not waiting or not self._passes_over_next(reference):
                    break
            elif not self._applied_again(reference, following):
                break
        self.after[reference] = with_waiting(self.after[reference], len(waiting))

    def _state(self, reference: str) -> State:
        state = self.after.get(reference)
        if state is None:
            stored = self.partition.states.get(reference)
            state = begin(reference.split(":", 1)[0]) if stored is None else stored
            self.before[reference] = self.after[reference] = state
        return state

    def _take(self, record: Record, event: Input, is_poison: bool) -> None:
        state = self._state(event.reference)
        while event.sequence > state.seq + 1 and self._passes_over_next(event.reference):
            state = self._state(event.reference)
        if event.sequence <= state.seq:
            return
        if event.sequence > state.seq + 1:
            self._keep(record, event, GAP, f"{event.aggregate} {state.seq + 1} has not come yet")
        elif is_poison:
            self._keep(record, event, POISON, "its effects cannot be stored")
        elif event.event_id in self._skipped:
            self.after[event.reference] = passed_over(state, event.sequence)
            self.release(event.reference)
        else:
            try:
                self._apply(event)
            except Unfoldable as wrong:
                self._keep(record, event, POISON, str(wrong))
            else:
                if state.waiting:
                    self.release(event.reference)

    def _passes_over_next(self, reference: str) -> bool:
        """Whether somebody decided that the next event, which has not come, is not waited for."""
        state = self._state(reference)
        if f"{reference}:{state.seq + 1}" not in self._skipped:
            return False
        self.after[reference] = passed_over(state, state.seq + 1)
        return True

    def _apply(self, event: Input) -> None:
        state, outputs = step(self._state(event.reference), event)
        self.after[event.reference] = state
        for mark in outputs.satisfied:
            self.marks[mark.key] = mark

    def _applied_again(self, reference: str, kept: Waiting) -> bool:
        state = self._state(reference)
        if kept.message.id in self._skipped:
            self.after[reference] = passed_over(state, kept.sequence)
            return True
        event = self._door.read(kept.record())
        try:
            if not isinstance(event, Input):
                raise Unfoldable("its headers cannot be read")
            self._apply(event)
        except Unfoldable as wrong:
            kept.why, kept.reason = POISON, str(wrong)
            self.held[kept.id] = kept
            return False
        return True

    def _keep(self, record: Any, event: Input, why: str, reason: str) -> None:
        waiting = self.waiting.setdefault(event.reference, {})
        if event.sequence in waiting:
            return
        if why == GAP and any(other.why == POISON for other in waiting.values()):
            why = BEHIND
        state_id = self.partition.id_of(event.reference)
        kept = Waiting(state_id, message_of(record), event.sequence, why, reason)
        waiting[event.sequence] = self.held[kept.id] = kept
        self.released.discard(kept.id)
        self.after[event.reference] = with_waiting(self._state(event.reference), len(waiting))

    def _keep_unreadable(self, record: Any, reason: str) -> None:
        """Nothing says whose it is: it waits alone, under its place in the log."""
        state_id = self.partition.id_of("unreadable")
        kept = Waiting(state_id, message_of(record), record.offset, POISON, reason)
        self.held[kept.id] = kept

    def _let_go(self, kept: Waiting) -> None:
        self.held.pop(kept.id, None)
        self.released.add(kept.id)
