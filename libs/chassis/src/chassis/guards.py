"""What was seen: the last sequence per aggregate, stored beside the effects it stands for.

Document `{_id: "<type>:<id>", last_seq, held: [sequences], poison}` in collection `guards`,
written only where it still is as it was read, in the transaction of the effects. So an event takes
effect once, whoever delivers it how often.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.envelope import BY_NAME

from chassis.arrivals import Arrivals, Seen
from chassis.mongo import Database, Document
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

GUARDS = "guards"


class Verdict(StrEnum):
    DROP = "dropped"
    APPLY = "applied"
    GAP = "gap"
    BEHIND = "behind"


@dataclass
class Guard:
    """How far one aggregate is; `poison` is the held sequence that its next ones wait behind."""

    aggregate: str
    last: int = 0
    held: list[int] = field(default_factory=list)
    poison: int | None = None
    seen: Document | None = None
    is_changed: bool = False

    @classmethod
    def read(cls, aggregate: str, document: Document | None) -> "Guard":
        if document is None:
            return cls(aggregate)
        return cls(
            aggregate,
            document["last_seq"],
            list(document.get("held", [])),
            document.get("poison"),
            seen={name: value for name, value in document.items() if name != "_id"},
        )

    def judge(self, sequence: int) -> Verdict:
        """Apply the next one; drop what was seen; what comes too early has to wait."""
        if sequence <= self.last or sequence in self.held:
            return Verdict.DROP
        if self.poison is not None:
            return Verdict.BEHIND
        return Verdict.APPLY if sequence == self.last + 1 else Verdict.GAP

    def advance(self, sequence: int) -> None:
        """Everything up to `sequence` is dealt with."""
        self.last = sequence
        self.held = [waiting for waiting in self.held if waiting > sequence]
        if self.poison is not None and self.poison <= sequence:
            self.poison = None
        self.is_changed = True

    def hold(self, sequence: int, *, is_poison: bool) -> None:
        if sequence not in self.held:
            self.held = sorted([*self.held, sequence])
        if is_poison:
            self.poison = sequence
        self.is_changed = True

    def document(self) -> Document:
        return {
            "_id": self.aggregate,
            "last_seq": self.last,
            "held": self.held,
            "poison": self.poison,
        }


async def read_guards(db: Database, aggregates: Iterable[str]) -> dict[str, Guard]:
    """One guard for each, in one round trip."""
    wanted = sorted(set(aggregates))
    found = {}
    async for document in db[GUARDS].find({"_id": {"$in": wanted}}):
        found[document["_id"]] = document
    return {name: Guard.read(name, found.get(name)) for name in wanted}


def write_guards(work: Work, guards: Iterable[Guard]) -> None:
    for guard in guards:
        if guard.is_changed:
            work.replace_seen(GUARDS, guard.document(), seen=guard.seen)


class Positions:
    """Lets a reader wait until this service has seen what the reader wrote elsewhere."""

    def __init__(self, service: str, db: Database, followed: Iterable[str]) -> None:
        self._db = db
        self._followed = frozenset(followed)
        self._own = frozenset(
            kind.aggregate for kind in BY_NAME.values() if kind.publisher == service
        )
        self._arrivals = Arrivals(self._look)

    def moved(self) -> None:
        """A unit of work has just become durable: look again."""
        self._arrivals.moved()

    async def wait_for(self, positions: Iterable[tuple[str, int]], seconds: float) -> None:
        """Return once every `(<type>:<id>, sequence)` has taken effect here.

        Raises:
            ValidationFailed: an aggregate of a type that this service does not follow.
            Unavailable: not within `seconds`, or (at once) one of them is held.
        """
        await self._arrivals.wait_for(self._foreign(positions), seconds)

    def _foreign(self, positions: Iterable[tuple[str, int]]) -> dict[str, int]:
        """The highest sequence per aggregate; one's own writes are seen by reading them."""
        highest: dict[str, int] = {}
        for aggregate, sequence in positions:
            kind = aggregate.partition(":")[0]
            if kind in self._own:
                continue
            if kind not in self._followed:
                raise ValidationFailed(
                    FieldError("/headers/Tianlong-Wait-For", "not-followed", _NOT_FOLLOWED)
                )
            highest[aggregate] = max(sequence, highest.get(aggregate, 0))
        return highest

    async def _look(self, references: list[str]) -> dict[str, Seen]:
        guards = await read_guards(self._db, references)
        return {
            name: Seen(guard.last, frozenset(guard.held), guard.poison)
            for name, guard in guards.items()
        }


_NOT_FOLLOWED = {
    CHINESE: "此服务不跟踪该类对象",
    ENGLISH: "this service does not follow aggregates of that type",
}
