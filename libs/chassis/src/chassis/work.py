"""The unit of work: what one command reads, decides and leaves behind.

A `Work` loads aggregates, lets the model record facts, and turns what changed into one `Writes`:
documents (each checked by version), one event per fact, the stored answer. `Commits` makes them
durable, many units in one transaction. Commands never commit and never touch the network.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from chassis.clock import Company
from chassis.events import EventLog, Provenance
from chassis.facts import Aggregate
from chassis.lookups import Foreseen, Lookups
from chassis.mongo import Database, Document
from chassis.problems import NotFound
from chassis.store import Stored

if TYPE_CHECKING:
    from chassis.scopes import Caller, Scope

A = TypeVar("A", bound=Aggregate)
Operation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | UpdateMany | DeleteOne
DECISION_GUARDS = "decision_guards"


@dataclass
class Writes:
    """What one unit of work leaves behind.

    `checked` operations must each find exactly the version that was read (`matches` of them are
    replacements); `loose` ones are upserts and blind updates. `keys` is the write set: units
    with a key in common never share a transaction.
    """

    command: str
    checked: dict[str, list[Operation]] = field(default_factory=dict)
    matches: dict[str, int] = field(default_factory=dict)
    loose: dict[str, list[Operation]] = field(default_factory=dict)
    events: list[Document] = field(default_factory=list)
    answer: Document | None = None
    keys: set[tuple[str, Any]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.checked or self.loose or self.events or self.answer)

    def check(self, collection: str, operation: Operation, *, matches: int = 0) -> None:
        self.checked.setdefault(collection, []).append(operation)
        self.matches[collection] = self.matches.get(collection, 0) + matches


@dataclass
class _Loaded:
    stored: Stored[Any]
    aggregate: Aggregate
    rev: int | None
    is_kept: bool = False


class Work:
    """One unit of work. Made by `Commits`, given to commands and to consumers' handlers."""

    def __init__(
        self,
        db: Database,
        lookups: Lookups,
        log: EventLog,
        provenance: Provenance,
        *,
        caller: "Caller | None" = None,
        scope_of: "Callable[[Caller, str], Awaitable[Scope]] | None" = None,
        guards: "GuardLocks | None" = None,
        company: Company | None = None,
    ) -> None:
        self.db = db
        self.company = company or Company()
        self.caller = caller
        self.provenance = provenance
        self._lookups = lookups
        self._log = log
        self._scope_of = scope_of
        self._locks = guards
        self._held: list[tuple[str, asyncio.Lock]] = []
        self._loaded: dict[tuple[str, str], _Loaded | None] = {}
        self._documents: dict[tuple[str, Any], Document | None] = {}
        self._changed: dict[tuple[str, Any], None] = {}
        self._seen: dict[tuple[str, Any], Document | None] = {}
        self._blind: list[tuple[str, UpdateMany]] = []
        self._guards: dict[str, int | None] = {}
        self._extra_events: list[Document] = []

    @property
    def now(self) -> datetime:
        return self.provenance.now

    @property
    def today(self) -> date:
        """The company's day."""
        return self.company.day(self.now)

    @property
    def actor(self) -> str:
        return self.provenance.actor

    async def scope(self, action: str) -> "Scope":
        """What the caller may do `action` to.

        Raises:
            Forbidden: nothing at all.
        """
        if self.caller is None or self._scope_of is None:
            raise RuntimeError("this unit of work has no caller")
        return await self._scope_of(self.caller, action)

    async def load(self, stored: Stored[A], identifier: str) -> A:
        """The aggregate; the same object each time within one unit.

        Raises:
            NotFound: there is none with that id.
        """
        found = await self.find(stored, identifier)
        if found is None:
            raise NotFound(stored.cls.TYPE, identifier)
        return found

    async def find(self, stored: Stored[A], identifier: str) -> A | None:
        key = (stored.collection, identifier)
        if key not in self._loaded:
            document = await self._lookups.find(stored.collection, identifier)
            self._loaded[key] = (
                None
                if document is None
                else _Loaded(stored, stored.aggregate(document), document.get("rev"))
            )
        loaded = self._loaded[key]
        return None if loaded is None else cast(A, loaded.aggregate)

    async def find_many(self, stored: Stored[A], identifiers: list[str]) -> dict[str, A]:
        """Those of `identifiers` that exist, read in one round trip."""
        wanted = [one for one in identifiers if (stored.collection, one) not in self._loaded]
        for one, document in (await self._lookups.find_many(stored.collection, wanted)).items():
            self._loaded[stored.collection, one] = (
                None
                if document is None
                else _Loaded(stored, stored.aggregate(document), document.get("rev"))
            )
        found = {one: self._loaded[stored.collection, one] for one in identifiers}
        return {one: cast(A, loaded.aggregate) for one, loaded in found.items() if loaded}

    def add(self, stored: Stored[A], aggregate: A) -> A:
        """Bring a new aggregate into the unit; its first fact is already recorded."""
        self._loaded[stored.collection, aggregate.id] = _Loaded(stored, aggregate, None)
        return aggregate

    def keep(self, stored: Stored[A], aggregate: A) -> A:
        """Like `add`, or for one that was loaded: it is written even if the command is refused."""
        key = (stored.collection, aggregate.id)
        loaded = self._loaded.get(key)
        if loaded is None or loaded.aggregate is not aggregate:
            loaded = _Loaded(stored, aggregate, None)
            self._loaded[key] = loaded
        loaded.is_kept = True
        return aggregate

    async def document(self, collection: str, identifier: Any) -> Document | None:
        """A plain document (a local copy, a projection), as this unit has left it so far."""
        key = (collection, identifier)
        if key not in self._documents:
            self._documents[key] = await self._lookups.find(collection, identifier)
        return self._documents[key]

    async def documents(self, collection: str, identifiers: list[Any]) -> dict[Any, Document]:
        """Those of `identifiers` that exist, read in one round trip."""
        wanted = [one for one in identifiers if (collection, one) not in self._documents]
        for one, document in (await self._lookups.find_many(collection, wanted)).items():
            self._documents[collection, one] = document
        found = {one: self._documents[collection, one] for one in identifiers}
        return {one: document for one, document in found.items() if document is not None}

    def scout(self) -> "Work":
        """A unit to be thrown away; what it reads by id, this one need not ask for again.

        Many things can be tried out on it side by side, so that their reads are gathered. To be
        made before anything was read here.
        """
        self._lookups = Foreseen(self._lookups)
        return Work(self.db, self._lookups, self._log, self.provenance, company=self.company)

    def put(self, collection: str, document: Document) -> None:
        """Write a plain document whole, over whatever is there."""
        key = (collection, document["_id"])
        self._documents[key] = document
        self._changed[key] = None

    def delete(self, collection: str, identifier: Any) -> None:
        key = (collection, identifier)
        self._documents[key] = None
        self._changed[key] = None

    def replace_seen(self, collection: str, document: Document, *, seen: Document | None) -> None:
        """Write a plain document where it is still as it was seen (None: where there is none).

        Within one unit what was seen first counts: later ones have seen what this unit wrote.
        """
        key = (collection, document["_id"])
        self._documents[key] = document
        self._seen.setdefault(key, seen)

    def update_many(self, collection: str, matching: Document, update: Document) -> None:
        """Change many documents without reading them; a concurrent replacement notices."""
        noticed = update | {"$inc": update.get("$inc", {}) | {"rev": 1}}
        self._blind.append((collection, UpdateMany(matching, noticed)))

    def publish_beside(self, event: Document) -> None:
        """Add an event document of the chassis' own (a held message's notice)."""
        self._extra_events.append(event)

    async def guard(self, key: str) -> None:
        """Let only one unit at a time decide by `key`, here and in every other process.

        For rules over several aggregates only. The first caller in a process goes on, the others
        queue until it has committed; between processes the version of the guard decides.
        """
        if key in self._guards:
            return
        if self._locks is not None:
            self._held.append((key, await self._locks.acquire(key)))
        document = await self.db[DECISION_GUARDS].find_one({"_id": key})
        self._guards[key] = None if document is None else document["version"]

    def aggregates(self) -> list[Aggregate]:
        """Those that recorded a fact."""
        return [
            loaded.aggregate
            for loaded in self._loaded.values()
            if loaded is not None and loaded.aggregate.recorded
        ]

    def writes(self, *, is_refused: bool = False) -> Writes:
        """What to make durable; of a refused command only what was kept."""
        writes = Writes(self.provenance.command)
        for (collection, identifier), loaded in self._loaded.items():
            if loaded is None or not loaded.aggregate.recorded:
                continue
            if is_refused and not loaded.is_kept:
                continue
            self._write_aggregate(writes, collection, identifier, loaded)
        if not is_refused:
            self._write_documents(writes)
            self._write_guards(writes)
            writes.events.extend(self._extra_events)
        return writes

    def _write_aggregate(
        self, writes: Writes, collection: str, identifier: str, loaded: _Loaded
    ) -> None:
        aggregate = loaded.aggregate
        aggregate.created_at = aggregate.created_at or self.now
        aggregate.updated_at = self.now
        document = loaded.stored.document(aggregate)
        document["rev"] = loaded.rev or 0
        writes.events.extend(self._log.documents(aggregate, self.provenance))
        writes.keys.add((collection, identifier))
        if aggregate.stored_version == 0:
            writes.check(collection, InsertOne(document))
        else:
            seen = {"_id": identifier, "version": aggregate.stored_version, "rev": loaded.rev}
            writes.check(collection, ReplaceOne(seen, document), matches=1)

    def _write_documents(self, writes: Writes) -> None:
        for collection, update in self._blind:
            writes.loose.setdefault(collection, []).append(update)
        for collection, identifier in self._changed:
            document = self._documents[collection, identifier]
            operation: Operation = (
                DeleteOne({"_id": identifier})
                if document is None
                else ReplaceOne({"_id": identifier}, document, upsert=True)
            )
            writes.loose.setdefault(collection, []).append(operation)
            writes.keys.add((collection, identifier))
        for (collection, identifier), seen in self._seen.items():
            replacement = self._documents[collection, identifier] or {}
            writes.keys.add((collection, identifier))
            if seen is None:
                writes.check(collection, InsertOne(replacement))
            else:
                was = {"_id": identifier} | seen
                writes.check(collection, ReplaceOne(was, replacement), matches=1)

    def _write_guards(self, writes: Writes) -> None:
        for key, version in self._guards.items():
            writes.keys.add((DECISION_GUARDS, key))
            if version is None:
                writes.check(DECISION_GUARDS, InsertOne({"_id": key, "version": 1}))
            else:
                seen = {"_id": key, "version": version}
                writes.check(DECISION_GUARDS, UpdateOne(seen, {"$inc": {"version": 1}}), matches=1)

    def settle(self) -> None:
        """Everything is durable: what was recorded is no longer news."""
        for aggregate in self.aggregates():
            aggregate.recorded.clear()

    def release(self) -> None:
        for key, lock in self._held:
            if self._locks is not None:
                self._locks.release(key, lock)
        self._held.clear()


class GuardLocks:
    """One lock per guard key in use; forgotten when nobody waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    async def acquire(self, key: str) -> asyncio.Lock:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            await lock.acquire()
        except BaseException:
            self._forget(key, lock)
            raise
        return lock

    def release(self, key: str, lock: asyncio.Lock) -> None:
        lock.release()
        self._forget(key, lock)

    def _forget(self, key: str, lock: asyncio.Lock) -> None:
        _, users = self._locks[key]
        if users == 1:
            del self._locks[key]
        else:
            self._locks[key] = (lock, users - 1)
