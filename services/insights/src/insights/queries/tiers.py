"""Tiers as they are read: what is effective, and what it is computed from now."""

import asyncio
from typing import Any

import msgspec
from chassis.door import Reading
from chassis.events import EVENTS_COLLECTION
from chassis.mongo import Document
from chassis.pages import Page, page
from chassis.problems import CHINESE, NotFound
from chassis.scopes import Scope

from insights import store
from insights.queries import kpis


async def tiers(
    reader: Reading, scope: Scope, matching: Document, limit: int, cursor: str | None
) -> Page[Document]:
    """A page of tiers within `scope`."""
    rights = scope.filter()
    query = {"$and": [rights, matching]} if rights and matching else rights or matching
    return await page(
        reader.db[store.TIERS.collection],
        query,
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=lambda document: document,
    )


async def tier(reader: Reading, scope: Scope, customer_id: str) -> Document:
    """One customer's.

    Raises:
        NotFound: there is none, or not for this caller.
    """
    document = await reader.document(store.TIERS.collection, customer_id)
    if document is None or not scope.allows(document):
        raise NotFound("tier", customer_id)
    return document


async def shown(
    reader: Reading, generation: int, documents: list[Document], language: str
) -> list[dict[str, Any]]:
    """As the API tells them, with today's inputs and the customers' names."""
    ids = [document["_id"] for document in documents]
    standings = await asyncio.gather(*(reader.document(store.STANDINGS, one) for one in ids))
    names = await kpis.names(reader.db, generation, "customer", ids)
    return [
        _view(document, standing, names, language)
        for document, standing in zip(documents, standings, strict=True)
    ]


async def history(reader: Reading, customer_id: str) -> list[dict[str, Any]]:
    """What was decided about a customer's tier, oldest first: the facts themselves."""
    events = reader.db[EVENTS_COLLECTION].find({"aggregate": f"tier:{customer_id}"})
    return [
        {
            "sequence": event["seq"],
            "type": event["type"],
            "recorded_at": event["headers"]["ce_time"],
            "data": msgspec.json.decode(event["value"]),
        }
        async for event in events.sort("seq", 1)
    ]


def _view(
    document: Document, standing: Document | None, names: dict[str, str], language: str
) -> dict[str, Any]:
    current = standing or document
    reason, reason_zh = current["reason"], current["reason_zh"]
    return {
        "id": document["_id"],
        "customer_id": document["_id"],
        "customer_name": names.get(document["_id"]),
        "owner_id": document.get("owner_id"),
        "team_id": document.get("team_id"),
        "computed": document["computed"],
        "effective": document["effective"],
        "held": document.get("held"),
        "lower_at_month_end": document.get("lower_at_month_end"),
        "policy": current["policy"],
        "policy_version": current["policy_version"],
        "as_of": current["as_of"],
        "inputs": current["inputs"],
        "reason": reason_zh if language == CHINESE else reason,
        "reason_zh": reason_zh,
        "reason_en": reason,
        "changed": {
            "as_of": document["as_of"],
            "inputs": document["inputs"],
            "reason": document["reason"],
            "reason_zh": document["reason_zh"],
        },
        "version": document["version"],
    }
