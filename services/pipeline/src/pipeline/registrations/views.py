"""Registrations as they are shown. Of others' only whose they are, and until when."""

from collections.abc import Mapping
from typing import Any

from pipeline.registrations.commands import Beside
from pipeline.registrations.model import Like, Registration
from pipeline.views import plain

Names = Mapping[str, str]


def registration_view(registration: Registration, names: Names) -> dict[str, Any]:
    return {
        "id": registration.id,
        "version": registration.version,
        "status": registration.status,
        **plain(registration.subject),
        "owner_id": registration.owner_id,
        "owner_name": names.get(registration.owner_id or ""),
        "team_id": registration.team_id,
        "expires_on": registration.expires_on,
        "protected_since": registration.protected_since,
        "conflicts_with": registration.conflicts_with,
        "similar": [like_view(one, names) for one in registration.similar],
        "extensions": [plain(one) for one in registration.extensions],
        "ruling": plain(registration.ruling) if registration.ruling else None,
        "ended_reason": registration.ended_reason,
        "created_at": registration.created_at,
        "updated_at": registration.updated_at,
    }


def beside_view(beside: Beside, names: Names) -> dict[str, Any]:
    return {
        "is_conflict": bool(beside.same),
        "conflicts": [protection_view(one, names) for one in beside.same],
        "similar": [like_view(one, names) for one in beside.similar],
    }


def protection_view(registration: Registration, names: Names) -> dict[str, Any]:
    owner = registration.owner_id
    return {
        "registration_id": registration.id,
        "status": registration.status,
        "product_line": registration.subject.product_line,
        "owner": {"id": owner, "name": names.get(owner or "")},
        "expires_on": registration.expires_on,
    }


def like_view(like: Like, names: Names) -> dict[str, Any]:
    owner = {"id": like.owner_id, "name": names.get(like.owner_id or "")}
    return {"registration_id": like.registration_id, "owner": owner, "likeness": like.likeness}
