"""What operators see of events that the fold keeps waiting, and what becomes of their decisions.

`waiting` (of the active generation) is the truth; `held`, the collection that every service shows
its operators, is brought in line with it. Replay and skip only mark: the partition's owner acts.
"""

from collections.abc import Awaitable, Callable, Iterable

from chassis import held
from chassis.core import Core
from chassis.held import Failure, Marking, Redress
from chassis.mongo import Document
from chassis.work import Work

from insights import store
from insights.stream import generations
from insights.stream.folder import Folder
from insights.stream.partitions import Partition

# What the fold keeps is told from what the ordinary consumer keeps by this.
STREAM = "stream"


class Remedies:
    """An operator's word, to the fold or to the ordinary consumer, whichever holds the message."""

    def __init__(self, core: Core, others: Redress) -> None:
        self._core = core
        self._others = others
        self._marking = Marking()

    async def replay(self, work: Work, held_id: str) -> None:
        document = await work.document(held.HELD, held_id)
        redress = self._marking if _is_streams(document) else self._others
        await redress.replay(work, held_id)

    async def skip(self, work: Work, held_id: str, reason: str) -> None:
        document = await work.document(held.HELD, held_id)
        if document is None or not _is_streams(document):
            await self._others.skip(work, held_id, reason)
        elif document["reason"] == held.GAP:
            # What never came is passed over; the message itself is then the next one.
            missing = await self._missing(document)
            for one in held.passed_over_unseen(document["aggregate"], missing, reason, work):
                work.put(held.HELD, one)
            await self._marking.replay(work, held_id)
        else:
            await self._marking.skip(work, held_id, reason)

    async def _missing(self, document: Document) -> range:
        generation = await generations.active(self._core.db)
        source = f"{document['topic']}:{document['partition']}"
        state = await self._core.db[store.STATES].find_one(
            {"_id": f"{generation}|{source}|{document['aggregate']}"}, {"seq": 1}
        )
        return range((state or {}).get("seq", 0) + 1, document["seq"])


class Holding:
    """Between `waiting` and `held`: run now and then by whoever owns partitions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db = core.db

    async def heed(self, partitions: Iterable[Partition], folder: Folder) -> None:
        """Act on marks for owned partitions, then show operators what waits now."""
        owned = {one.source: one for one in partitions}
        folder.skipped = await held.skipped(self._db)
        shown = {one["_id"]: one async for one in self._db[held.HELD].find({"source": STREAM})}
        waiting = await self._waiting()
        for event_id, document in waiting.items():
            if shown.get(event_id, {}).get("state") in (held.REPLAY, held.SKIPPED):
                await _retry(owned, folder, document)
        if waiting or shown:
            await self._show(await self._waiting(), shown, owned)

    async def _waiting(self) -> dict[str, Document]:
        generation = await generations.active(self._db)
        found = self._db[store.WAITING].find({"generation": generation})
        return {one["event_id"]: one async for one in found}

    async def _show(
        self, waiting: dict[str, Document], shown: dict[str, Document], owned: dict[str, Partition]
    ) -> None:
        for event_id, document in waiting.items():
            state = shown.get(event_id, {}).get("state")
            if _source(document) in owned and state in (None, held.REPLAY):
                await self._core.commits.run(_keeping(self._core.name, document))
        for event_id, document in shown.items():
            is_over = event_id not in waiting and document["state"] != held.SKIPPED
            if is_over and _source(document) in owned:
                await self._db[held.HELD].delete_one({"_id": event_id, "state": document["state"]})


async def _retry(owned: dict[str, Partition], folder: Folder, waiting: Document) -> None:
    partition = owned.get(_source(waiting))
    if partition is not None and partition.generation == waiting["generation"]:
        await folder.retry(partition, [waiting["of"].split("|", 2)[2]])


def _keeping(service: str, waiting: Document) -> Callable[[Work], Awaitable[None]]:
    async def decide(work: Work) -> None:
        message = held.as_message(waiting)
        held.hold(work, service, message, Failure(waiting["why"], waiting["reason"]))
        document = await work.document(held.HELD, message.id)
        work.put(held.HELD, (document or {}) | {"source": STREAM})

    return decide


def _source(document: Document) -> str:
    return f"{document['topic']}:{document['partition']}"


def _is_streams(document: Document | None) -> bool:
    return document is not None and document.get("source") == STREAM
