"""The organisation tree 组织架构: company → regions → teams, each with its leader.

A node's `region` is the name of the nearest region above it (its own, if it is one).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


class TeamKind(StrEnum):
    COMPANY = "company"
    REGION = "region"
    TEAM = "team"


MAY_STAND_BELOW: dict[TeamKind, frozenset[TeamKind]] = {
    TeamKind.COMPANY: frozenset(),
    TeamKind.REGION: frozenset({TeamKind.COMPANY, TeamKind.REGION}),
    TeamKind.TEAM: frozenset(TeamKind),
}


class MisplacedTeam(Refused):
    """The tree would not be a tree, or its levels would be mixed up."""

    slug, status = "misplaced-team", 409
    titles: ClassVar[Text] = {
        CHINESE: "组织架构不允许",
        ENGLISH: "The organisation tree forbids it",
    }


@dataclass(frozen=True, kw_only=True)
class TeamDescription:
    """What is told of a node."""

    name: str
    kind: TeamKind
    parent_id: str | None
    leader_id: str | None
    region: str | None
    external_id: str | None


@dataclass(frozen=True, kw_only=True)
class TeamFormed(Fact):
    profile: TeamDescription


@dataclass(frozen=True, kw_only=True)
class TeamChanged(Fact):
    profile: TeamDescription
    previous: TeamDescription


@dataclass(kw_only=True)
class Team(Aggregate):
    """A node of the tree. Its rights are those of its leader and of who stands above."""

    TYPE: ClassVar[str] = "team"

    name: str
    kind: TeamKind = TeamKind.TEAM
    parent_id: str | None = None
    external_id: str | None = None

    @property
    def leader_id(self) -> str | None:
        return self.owner_id

    @classmethod
    def form(
        cls,
        *,
        identifier: str,
        name: str,
        kind: TeamKind,
        parent: "Team | None",
        leader_id: str | None = None,
        external_id: str | None = None,
        origin: str | None = None,
    ) -> "Team":
        """A new node below `parent`.

        Raises:
            MisplacedTeam: a node of this kind may not stand there.
        """
        _require_place(kind, parent)
        team = cls(
            id=identifier,
            key=identifier,
            name=name,
            kind=kind,
            parent_id=parent.id if parent else None,
            owner_id=leader_id,
            team_id=identifier,
            region=_region_of(name, kind, parent),
            external_id=external_id,
            origin=origin,
        )
        team.record(TeamFormed(profile=team.description))
        return team

    @property
    def description(self) -> TeamDescription:
        return TeamDescription(
            name=self.name,
            kind=self.kind,
            parent_id=self.parent_id,
            leader_id=self.leader_id,
            region=self.region,
            external_id=self.external_id,
        )

    def rename(self, name: str, parent: "Team | None") -> None:
        previous = self.description
        self.name = name
        self.region = _region_of(name, self.kind, parent)
        self._note(previous)

    def be_led_by(self, leader_id: str | None) -> None:
        previous = self.description
        self.owner_id = leader_id
        self._note(previous)

    def move_below(self, parent: "Team", above: frozenset[str]) -> None:
        """Hang this node, with all below it, under `parent`; `above` are the ids above `parent`.

        Raises:
            MisplacedTeam: `parent` is this node or stands below it, or is of the wrong kind.
        """
        if parent.id == self.id or self.id in above:
            raise MisplacedTeam(
                {CHINESE: "不能移到自己的下级", ENGLISH: "a team cannot be moved below itself"}
            )
        _require_place(self.kind, parent)
        previous = self.description
        self.parent_id = parent.id
        self.region = _region_of(self.name, self.kind, parent)
        self._note(previous)

    def follow(self, parent: "Team") -> None:
        """Take over the region of `parent`, which has just changed its own."""
        previous = self.description
        self.region = _region_of(self.name, self.kind, parent)
        self._note(previous)

    def _note(self, previous: TeamDescription) -> None:
        if self.description != previous:
            self.record(TeamChanged(profile=self.description, previous=previous))


def _require_place(kind: TeamKind, parent: Team | None) -> None:
    if parent is None:
        if kind is not TeamKind.COMPANY:
            raise MisplacedTeam(
                {CHINESE: "只有公司没有上级", ENGLISH: "only the company stands below nothing"}
            )
        return
    if parent.kind not in MAY_STAND_BELOW[kind]:
        raise MisplacedTeam(
            {
                CHINESE: f"{kind} 不能放在 {parent.kind} 之下",
                ENGLISH: f"a {kind} cannot stand below a {parent.kind}",
            }
        )


def _region_of(name: str, kind: TeamKind, parent: Team | None) -> str | None:
    if kind is TeamKind.REGION:
        return name
    return parent.region if parent else None
