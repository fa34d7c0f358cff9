"""Generations: complete copies of what the fold keeps; one is active, the next may be folding.

Document `{_id: "generation", active}` in `control`. A switch closes the old offsets in the same
transaction, so that whoever still folds the old generation is fenced.
"""

import re
from collections.abc import Iterable

from aiokafka import TopicPartition
from chassis.door import Reading
from chassis.mongo import Client, Database, Document
from contracts.topics import PARTITIONS, SERVICES, events_topic
from pymongo.asynchronous.client_session import AsyncClientSession

from insights import store
from insights.stream.partitions import Partition, source_of

FIRST = 1
ACTIVE = "generation"
INPUTS = tuple(events_topic(service) for service in SERVICES)


def all_inputs() -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in INPUTS for number in range(PARTITIONS)]


async def active(db: Database) -> int:
    """The generation that readers read."""
    return _number(await db[store.CONTROL].find_one({"_id": ACTIVE}))


async def active_for(reader: Reading) -> int:
    """The same for one reader, asked together with others."""
    return _number(await reader.document(store.CONTROL, ACTIVE))


def _number(control: Document | None) -> int:
    return FIRST if control is None else int(control["active"])


async def open_partitions(
    db: Database, generation: int, assigned: Iterable[TopicPartition]
) -> dict[TopicPartition, Partition]:
    """Where folding goes on, partition by partition; a new one begins at the first record."""
    places = {f"{generation}|{source_of(at)}": at for at in assigned}
    offsets = db[store.OFFSETS]
    stored = {one["_id"]: one async for one in offsets.find({"_id": {"$in": list(places)}})}
    for identifier in places.keys() - stored.keys():
        # An upsert, since another worker may open it at the same moment.
        await offsets.update_one(
            {"_id": identifier},
            {"$setOnInsert": {"next": 0, "epoch": 1, "is_closed": False}},
            upsert=True,
        )
        found = await offsets.find_one({"_id": identifier})
        if found is not None:
            stored[identifier] = found
    return {
        at: Partition(generation, at, stored[identifier]["next"], stored[identifier]["epoch"])
        for identifier, at in places.items()
        if identifier in stored
    }


async def begin_again(db: Database, partition: Partition, epoch: int) -> None:
    """The log was begun anew: what came of the old one goes, and reading starts at the beginning.

    Repeating it is harmless: the offset goes last.
    """
    own = store.prefix(partition.generation, f"{partition.source}|")
    for collection in (store.STATES, store.TIMERS, store.SATISFIED, store.WAITING):
        await db[collection].delete_many({"_id": own})
    suffix = "\\|" + re.escape(partition.source) + "$"
    for collection in (store.CELLS, store.REVENUE):
        ids = {"$and": [{"_id": store.prefix(partition.generation)}, {"_id": {"$regex": suffix}}]}
        await db[collection].delete_many(ids)
    await db[store.OFFSETS].update_one(
        {"_id": partition.offset_id, "epoch": partition.epoch, "is_closed": False},
        {"$set": {"next": 0, "epoch": epoch}},
    )


async def stored_offsets(db: Database, generation: int, topic: str = "") -> dict[str, int]:
    """`<topic>:<partition>` → the offset that stored effects end before."""
    found = db[store.OFFSETS].find({"_id": store.prefix(generation, topic)})
    return {one["_id"].split("|", 1)[1]: one["next"] async for one in found}


async def switch(client: Client, db: Database, old: int, new: int) -> bool:
    """Make `new` the active one; False while it is behind the old one somewhere."""

    async def write(session: AsyncClientSession) -> bool:
        behind = await _is_behind(db, old, new, session)
        if behind:
            return False
        await db[store.OFFSETS].update_many(
            {"_id": store.prefix(old)}, {"$set": {"is_closed": True}}, session=session
        )
        await db[store.CONTROL].update_one(
            {"_id": ACTIVE}, {"$set": {"active": new}}, upsert=True, session=session
        )
        return True

    async with client.start_session() as session:
        return await session.with_transaction(write)


async def others(db: Database, but: int) -> list[int]:
    """Generations besides the active one of which something is stored."""
    ids = [one["_id"] async for one in db[store.OFFSETS].find({}, {"_id": 1})]
    return sorted({int(one.split("|", 1)[0]) for one in ids} - {but})


async def discard(db: Database, generation: int) -> None:
    """Delete all of a generation. Repeating it is harmless."""
    for collection in store.FOLDED:
        await db[collection].delete_many({"_id": store.prefix(generation)})


async def _is_behind(db: Database, old: int, new: int, session: AsyncClientSession) -> bool:
    offsets = db[store.OFFSETS]
    reached: dict[str, int] = {}
    async for one in offsets.find({"_id": store.prefix(new)}, session=session):
        reached[one["_id"].split("|", 1)[1]] = one["next"]
    async for one in offsets.find({"_id": store.prefix(old)}, session=session):
        if reached.get(one["_id"].split("|", 1)[1], 0) < one["next"]:
            return True
    return False
