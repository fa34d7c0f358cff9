"""A saved view: what it keeps, who sees it, who may change it.

A view shares how one looks, never what one sees: its rows are always the reader's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a list is looked at: query parameters as its collection takes them, columns, order."""

    name: str
    collection: str
    filters: dict[str, Any] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    sort: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """Who sees the view besides its owner: whole teams with all below them, and roles."""

    team_ids: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ViewSaved(Fact):
    look: Look
    sharing: Sharing


@dataclass(frozen=True, kw_only=True)
class ViewChanged(Fact):
    look: Look
    sharing: Sharing
    previous_look: Look
    previous_sharing: Sharing


@dataclass(frozen=True, kw_only=True)
class ViewRemoved(Fact):
    pass


class SharedTooWidely(Refused):
    """Everybody shares with their own team; wider takes the right to it."""

    slug, status = "shared-too-widely", 403
    titles: ClassVar[Text] = {
        CHINESE: "只能共享给本团队",
        ENGLISH: "A view is shared with one's own team only",
    }


@dataclass(kw_only=True)
class SavedView(Aggregate):
    TYPE: ClassVar[str] = "saved_view"

    look: Look
    sharing: Sharing
    is_removed: bool = False

    def change(self, look: Look, sharing: Sharing) -> None:
        if (look, sharing) == (self.look, self.sharing):
            return
        fact = ViewChanged(
            look=look,
            sharing=sharing,
            previous_look=self.look,
            previous_sharing=self.sharing,
        )
        self.look, self.sharing = look, sharing
        self.record(fact)

    def remove(self) -> None:
        """Nobody sees it any more; what it was stays in the log."""
        if not self.is_removed:
            self.is_removed = True
            self.record(ViewRemoved())

    def is_seen_by(self, staff_id: str | None, teams: Iterable[str], roles: Iterable[str]) -> bool:
        """`teams`: the reader's own team and all above it."""
        if self.is_removed:
            return False
        if staff_id is not None and self.owner_id == staff_id:
            return True
        return bool(set(self.sharing.team_ids) & set(teams) or set(self.sharing.roles) & set(roles))


def require_modest(sharing: Sharing, own_team: str | None) -> None:
    """Raises SharedTooWidely unless it is shared with one's own team at most."""
    if sharing.roles or set(sharing.team_ids) - {own_team}:
        raise SharedTooWidely


def save_view(
    look: Look, sharing: Sharing, *, identifier: str, owner_id: str, team_id: str | None
) -> SavedView:
    view = SavedView(
        id=identifier,
        key=identifier,
        owner_id=owner_id,
        team_id=team_id,
        look=look,
        sharing=sharing,
    )
    view.record(ViewSaved(look=look, sharing=sharing))
    return view
