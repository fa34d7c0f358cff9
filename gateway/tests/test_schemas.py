"""Whoever meets an event finds its schema where the event says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from contracts.schemas import event_types

if TYPE_CHECKING:
    from conftest import Gateway


async def test_every_schema_is_found_where_events_point_to(gateway: Gateway) -> None:
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as anybody:
        for event_type in event_types():
            answer = await anybody.get(f"/schemas/{event_type.name}.json")
            assert answer.status_code == 200
            assert answer.json()["$id"] == f"/schemas/{event_type.name}.json"
        assert (await anybody.get("/schemas/unknown.json")).status_code == 404
