"""Saved views of lists."""

from typing import Any

import msgspec

from contracts.envelope import Event, event
from contracts.values import StaffId

__all__ = ["ViewChanged", "ViewLook", "ViewRemoved", "ViewSaved", "ViewSharing"]


class ViewLook(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is looked at: its query parameters, columns and order."""

    name: str
    collection: str
    filters: dict[str, Any] = {}
    columns: list[str] = []
    sort: str | None = None


class ViewSharing(msgspec.Struct, frozen=True, kw_only=True):
    """Teams (with all below them) and roles that see the view besides its owner."""

    team_ids: list[str] = []
    roles: list[str] = []


@event("saved_view", "saved")
class ViewSaved(Event, frozen=True, kw_only=True):
    saved_view_id: str
    owner_id: StaffId | None
    look: ViewLook
    sharing: ViewSharing


@event("saved_view", "changed")
class ViewChanged(Event, frozen=True, kw_only=True):
    saved_view_id: str
    look: ViewLook
    sharing: ViewSharing
    previous_look: ViewLook
    previous_sharing: ViewSharing


@event("saved_view", "removed")
class ViewRemoved(Event, frozen=True, kw_only=True):
    saved_view_id: str
