"""What the parts of one process share: database, write path, callers, organisation."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pymongo import ASCENDING, IndexModel

from chassis.clock import Clock, Company, SystemClock
from chassis.commits import ANSWERS_COLLECTION, Commits
from chassis.events import EVENT_INDEXES, EVENTS_COLLECTION, EventLog, EventTable
from chassis.mongo import Client, Database, connect, database, make_indexes
from chassis.reactions import ReactionTable
from chassis.scopes import Caller, Scope, Tree, resolve
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.tokens import Callers
from chassis.work import DECISION_GUARDS

if TYPE_CHECKING:
    from chassis.held import Redress
    from chassis.intake import Intake

WaitFor = Callable[[list[tuple[str, int]], float], Awaitable[None]]

OWN_INDEXES: dict[str, list[IndexModel]] = {
    EVENTS_COLLECTION: EVENT_INDEXES,
    ANSWERS_COLLECTION: [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)
    ],
    DECISION_GUARDS: [],
}


class Part(Protocol):
    """Something that a process runs besides answering: started by role, stopped in reverse."""

    @property
    def role(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def ready(self) -> bool: ...


class Core:
    """Made without touching the network; `start` makes indexes and opens the write path."""

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        name: str,
        stored: Sequence[Stored[Any]] = (),
        events: EventTable | None = None,
        indexes: Mapping[str, Sequence[IndexModel]] | None = None,
        reactions: ReactionTable | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock or SystemClock()
        self.client: Client = connect(settings.mongodb_uri)
        self.db: Database = database(self.client, settings.database or name)
        self.callers = Callers(settings)
        self.tree = Tree(self.db)
        self.event_log = EventLog(name, events or {})
        self.own_types = frozenset(one.cls.TYPE for one in stored)
        self.wait_for: WaitFor | None = None
        self.intake: Intake | None = None
        self.redress: Redress | None = None
        self._indexes = _all_indexes(stored, indexes or {})
        self.commits = Commits(
            self.client,
            self.db,
            self.event_log,
            self.clock,
            service=name,
            instance=settings.instance,
            scope_of=self.scope,
            company=Company(settings.currency, settings.timezone),
            reactions=reactions,
        )

    async def scope(self, caller: Caller, action: str) -> Scope:
        """What `caller` may do `action` to; raises Forbidden if nothing."""
        return await resolve(await self.callers.grants(), self.tree, caller, action)

    async def start(self) -> None:
        await make_indexes(self.db, self._indexes)
        await self.commits.start()

    async def stop(self) -> None:
        await self.commits.stop()
        await self.callers.stop()
        await self.client.close()


def _all_indexes(
    stored: Sequence[Stored[Any]], more: Mapping[str, Sequence[IndexModel]]
) -> dict[str, list[IndexModel]]:
    indexes: dict[str, list[IndexModel]] = defaultdict(list)
    for one in stored:
        indexes[one.collection].extend(one.indexes)
    for collection, models in (*OWN_INDEXES.items(), *more.items()):
        indexes[collection].extend(models)
    return dict(indexes)
