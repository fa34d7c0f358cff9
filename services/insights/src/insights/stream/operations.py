"""What a round of slices writes: the difference between the states before and after."""

from collections import defaultdict
from collections.abc import Iterable

from chassis.mongo import Document
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne

from insights import store
from insights.fold.steps import KINDS
from insights.stream.partitions import Partition
from insights.stream.slices import Slice

Operation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | DeleteOne
Operations = dict[str, list[Operation]]


def operations(slices: Iterable[Slice]) -> Operations:
    """By collection. Every document of them belongs to the partition of its slice."""
    found: Operations = defaultdict(list)
    for one in slices:
        _states(one, found)
        _kept(one, found)
        _cells(one.partition, found)
        _revenue(one.partition, found)
    return found


def _states(one: Slice, found: Operations) -> None:
    partition = one.partition
    generation = partition.generation
    states = found[store.STATES]
    for reference, after in one.after.items():
        before = one.before[reference]
        if after is before:
            continue
        kind, subject = reference.split(":", 1)
        identifier = partition.id_of(reference)
        document = store.state_document(identifier, generation, reference, after)
        if reference in partition.states:
            states.append(ReplaceOne({"_id": identifier}, document))
        else:
            states.append(InsertOne(document))
        timers_of = KINDS[kind].timers
        ran = {timer.key: timer for timer in timers_of(subject, before)}
        runs = {timer.key: timer for timer in timers_of(subject, after)}
        if ran == runs:
            continue
        timers = found[store.TIMERS]
        for key in ran.keys() - runs.keys():
            timers.append(DeleteOne({"_id": partition.id_of(key)}))
        for key, timer in runs.items():
            armed = store.timer_document(partition.id_of(key), generation, timer)
            if key not in ran:
                timers.append(InsertOne(armed))
            elif ran[key] != timer:
                timers.append(ReplaceOne({"_id": armed["_id"]}, armed))


def _kept(one: Slice, found: Operations) -> None:
    partition = one.partition
    for mark in one.marks.values():
        document = store.mark_document(partition.id_of(mark.key), partition.generation, mark)
        found[store.SATISFIED].append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
    for kept in one.held.values():
        document = kept.document(partition.generation)
        found[store.WAITING].append(ReplaceOne({"_id": kept.id}, document, upsert=True))
    for identifier in one.released:
        found[store.WAITING].append(DeleteOne({"_id": identifier}))


def _cells(partition: Partition, found: Operations) -> None:
    for place in partition.touched_cells:
        cell = partition.cells[place]
        identifier = partition.place_id(place)
        if cell.is_empty:
            if cell.is_stored:
                found[store.CELLS].append(DeleteOne({"_id": identifier}))
        elif cell.is_stored:
            found[store.CELLS].append(UpdateOne({"_id": identifier}, cell.update()))
        else:
            found[store.CELLS].append(InsertOne({"_id": identifier, "dims": cell.dims}))


def _revenue(partition: Partition, found: Operations) -> None:
    for place in partition.touched_revenue:
        month = partition.revenue[place]
        identifier = partition.place_id(place)
        document = {"_id": identifier, "generation": partition.generation} | month.document()
        if month.is_empty:
            if month.is_stored:
                found[store.REVENUE].append(DeleteOne({"_id": identifier}))
        elif month.is_stored:
            found[store.REVENUE].append(ReplaceOne({"_id": identifier}, document))
        else:
            found[store.REVENUE].append(InsertOne(document))


def remember(one: Slice) -> None:
    """The transaction is durable: what is in memory is what is stored."""
    partition = one.partition
    # Taken out and put back, what was used last stands last: the order in which memory is given up.
    for reference, state in one.after.items():
        partition.states.pop(reference, None)
        partition.states[reference] = state
    for place in partition.touched_cells:
        cell = partition.cells.pop(place)
        if not cell.is_empty:
            cell.changed.clear()
            cell.is_stored = True
            partition.cells[place] = cell
    for at in partition.touched_revenue:
        month = partition.revenue.pop(at)
        if not month.is_empty:
            month.is_stored = True
            partition.revenue[at] = month
    partition.touched_cells.clear()
    partition.touched_revenue.clear()
    partition.next = one.next
    partition.epoch = one.epoch
    partition.trim()
