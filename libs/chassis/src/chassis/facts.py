"""What a model is made of: aggregates that change by recording facts.

Plain Python: no framework, no driver. An aggregate is written exactly when it recorded a fact,
and each fact becomes one event; there is no other way to publish.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple


class Fact:
    """Something that happened. Subclasses are frozen dataclasses, named in the past tense."""


class Recorded(NamedTuple):
    """A fact and its business time (None: the time of the unit of work)."""

    fact: Fact
    at: datetime | None


def _nothing_recorded() -> list[Recorded]:
    return []


@dataclass(kw_only=True)
class Aggregate:
    """A thing with an identity, an owner and a version.

    `version` is the sequence number of its last event: 0 before the first. `key` is the Kafka key,
    fixed at birth. `team_id` and `region` are the owner's of today; `rights_of` names the record
    (`<type>:<id>`) whose rights govern this one, itself if None.
    """

    TYPE: ClassVar[str] = ""

    id: str
    key: str
    version: int = 0
    owner_id: str | None = None
    team_id: str | None = None
    region: str | None = None
    collaborator_ids: list[str] = field(default_factory=list)
    rights_of: str | None = None
    origin: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    recorded: list[Recorded] = field(default_factory=_nothing_recorded, repr=False, compare=False)

    def record(self, fact: Fact, *, at: datetime | None = None) -> None:
        """Note that `fact` happened, at business time `at`. The caller has changed the fields."""
        self.recorded.append(Recorded(fact, at))
        self.version += 1

    @property
    def stored_version(self) -> int:
        """The version that the store holds: what a write has to find there."""
        return self.version - len(self.recorded)

    @property
    def reference(self) -> str:
        """`<type>:<id>` in event ids, guards and rights. (`name` is free for models.)"""
        return f"{self.TYPE}:{self.id}"

    @property
    def position(self) -> str:
        """`<type>:<id>:<sequence>` of its newest event: what a reader can wait for."""
        return f"{self.TYPE}:{self.id}:{self.version}"

    def governed_by(self) -> str:
        return self.rights_of or self.reference


def facts_of(aggregate: Aggregate) -> list[Any]:
    """The facts recorded since it was loaded, oldest first."""
    return [recorded.fact for recorded in aggregate.recorded]
